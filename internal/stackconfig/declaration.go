package stackconfig

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// declaration is a key under config in a project file.
type declaration struct {
	// kind is what its values are; nil where the file declares no type.
	kind *kind
	// given is the default or the value; nil where there is neither.
	given any
	// secret wants values to be encrypted.
	secret bool
}

// kind is a type of the project file, with that of the items of an array.
type kind struct {
	name  string
	items *kind
}

func (k *kind) String() string {
	if k.items != nil {
		return "array<" + k.items.String() + ">"
	}
	return k.name
}

func declarations(project string, config map[string]any, format format) (map[string]declaration, error) {
	found := map[string]declaration{}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		value, err := reread(longForm(project, key, config[key]), format.encode, format.decode)
		if err == nil {
			found[key], err = declared(ownKey(project, key), value)
		}
		if key == "secret" { // sdk/workspace/project.json has a word about this one
			if _, ok := config[key].(bool); !ok {
				err = errors.New("expected true or false: Pulumi reads no other value of a key with this name")
			}
		}
		if err != nil {
			return nil, fmt.Errorf("config: %s: %w", key, err)
		}
	}
	return found, nil
}

// ownKey reports whether a key means the project's namespace.
func ownKey(project, key string) bool {
	return !strings.Contains(key, ":") || strings.HasPrefix(key, project+":")
}

// longForm is the declaration that a plain value stands for: the default of a key
// of the project, the value of another one (sdk/workspace/project.go).
func longForm(project, key string, value any) any {
	switch value.(type) {
	case string, int, bool, []any:
		if ownKey(project, key) {
			return map[string]any{"default": value}
		}
		return map[string]any{"value": value}
	}
	return value
}

// declared reads a declaration in its long form.
func declared(own bool, value any) (declaration, error) {
	attributes, ok := value.(map[string]any)
	if !ok {
		return declaration{}, errors.New("expected a text, a whole number, true, false, a list, " +
			"or a mapping with type, items, description, secret, default, value")
	}
	if err := checkAttributes(attributes); err != nil {
		return declaration{}, err
	}
	kind, err := kindOf(attributes)
	if err != nil {
		return declaration{}, err
	}
	given, err := given(own, kind, attributes["default"], attributes["value"])
	return declaration{kind: kind, given: given, secret: attributes["secret"] == true}, err
}

// given is the default or the value of a declaration (Validate in
// sdk/workspace/project.go).
func given(own bool, kind *kind, byDefault, value any) (any, error) {
	switch {
	case byDefault != nil && value != nil:
		return nil, errors.New("expected either default or value")
	case !own && (kind != nil || value == nil):
		return nil, errors.New("it is of another namespace than the project's: expected a value, " +
			"and neither type nor default")
	case byDefault == nil:
		return value, nil
	case kind != nil && !kind.has(byDefault):
		return nil, fmt.Errorf("default: expected the type %s", kind)
	}
	return byDefault, nil
}

// checkAttributes refuses what a declaration cannot have
// (configTypeDeclaration in sdk/workspace/project.json).
func checkAttributes(attributes map[string]any) error {
	for name, value := range attributes {
		ok := true
		switch name {
		case "type", "items", "default", "value":
		case "description":
			_, ok = value.(string)
		case "secret":
			_, ok = value.(bool)
		default:
			return fmt.Errorf("there is no attribute %s: expected type, items, description, secret, default, value", name)
		}
		if !ok {
			return fmt.Errorf("%s: expected a text for description, true or false for secret", name)
		}
	}
	return nil
}

// kindOf reads type and items; nil where there is no type.
func kindOf(attributes map[string]any) (*kind, error) {
	var items *kind
	if value, ok := attributes["items"]; ok {
		of, ok := value.(map[string]any)
		if !ok || of["type"] == nil {
			return nil, errors.New("items: expected a mapping with the key type")
		}
		var err error
		if items, err = kindOf(of); err != nil {
			return nil, fmt.Errorf("items: %w", err)
		}
	}
	value, ok := attributes["type"]
	if !ok {
		return nil, nil //nolint:nilnil // that there is no type is no error
	}
	name, ok := value.(string)
	switch {
	case !ok || !slices.Contains([]string{"string", "integer", "boolean", "array", "object"}, name):
		return nil, fmt.Errorf("type: expected string, integer, boolean, array or object, not %v", value)
	case name == "array" && items == nil:
		return nil, errors.New("type array: expected items with a type")
	}
	return &kind{name: name, items: items}, nil
}

func (k *kind) words() string {
	switch k.name {
	case "string":
		return "a text"
	case "integer":
		return "a whole number"
	case "boolean":
		return "true or false"
	case "object":
		return "a YAML mapping"
	}
	return "a YAML list, each item " + k.items.words()
}

// has reports whether a value is of the type. A whole number or a boolean may be
// a text (ValidateConfigValue in sdk/workspace/project.go).
func (k *kind) has(value any) bool {
	text, isText := value.(string)
	switch k.name {
	case "string":
		return isText
	case "integer":
		_, err := strconv.Atoi(text)
		float, isFloat := value.(float64)
		_, isInt := value.(int)
		return isInt || isText && err == nil || isFloat && float == math.Trunc(float)
	case "boolean":
		_, isBool := value.(bool)
		return isBool || text == "true" || text == "false"
	case "object":
		_, isObject := value.(map[string]any)
		return isObject
	}
	list, isList := value.([]any)
	return isList && !slices.ContainsFunc(list, func(item any) bool { return !k.items.has(item) })
}
