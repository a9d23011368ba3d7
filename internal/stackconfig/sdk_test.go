package stackconfig_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
)

// TestReadAsSDK holds generated files against the SDK's own reader of them, which
// is the CLI's: what it refuses is refused, and the stack file's values are equal.
func TestReadAsSDK(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	projectFile, stackFile := filepath.Join(dir, "Pulumi.yaml"), filepath.Join(dir, "Pulumi.dev.yaml")
	rapid.Check(t, func(r *rapid.T) {
		declared := mapping(r, declarationKeys, declaration)
		// Each key in one spelling: of two, the SDK takes either.
		set := mapping(r, oneOf(r, "a acme:a acme:config:a")+" "+oneOf(r, "aws:region aws:config:region")+stackKeys, anyValue)
		write(t, projectFile, "name: acme\nruntime: go\nconfig: "+declared+"\n")
		write(t, stackFile, "config: "+set+"\n")
		r.Log("project", declared, "stack", set)

		project, refusal := projectFromSDK(projectFile)
		ours, err := stackconfig.OpenProject(dir)
		require.Equal(r, refusal == nil, err == nil, "SDK: %v, ours: %v", refusal, err)
		if err != nil {
			return
		}
		want, refusal := valuesFromSDK(project, stackFile)
		got, err := ours.Config("dev")
		if refusal != nil {
			require.ErrorContains(r, err, stackFile)
			return
		}
		if err != nil { // the SDK does not look at defaults, the CLI does
			require.ErrorContains(r, err, projectFile)
			return
		}
		requireAsSDK(r, want, got)
	})
}

func requireAsSDK(t require.TestingT, want map[string]sdkValue, got stackconfig.Config) {
	for key, want := range want {
		value := got.Values[key]
		require.Equal(t, want.secret, len(value.Problems) > 0, "%s: %v", key, value)
		if !want.secret {
			require.Equal(t, want.text, value.Text, key)
			require.Equal(t, want.object, value.Object, key)
		}
	}
}

const (
	declarationKeys = "a acme:a b acme:config:c aws:region other:x secret 1 x:y:z"
	stackKeys       = " b other:x c.d 1 true x:y:z x:y:z:w ''"
	scalars         = "a 'a' 1 0 -1 1.5 1.0 1e3 1e400 .inf .nan 0x1F 0o17 017 018 1_000 9223372036854775808 " +
		"18446744073709551616 true True yes no ~ null '' '1' 'true' '~' 2020-01-02 2020-01-02T03:04:05+02:00 " +
		"'<&>' é \"\\u2028\" \"\\t\" \"a\\nb\" !!str~1 !!float~3 !!binary~aGk= !!int~'5' '0x1F' '2020-01-02' = <<"
)

// oneOf is one of the words, in which ~ after a tag is a space.
func oneOf(r *rapid.T, words string) string {
	word := rapid.SampledFrom(strings.Fields(words)).Draw(r, "word")
	if strings.HasPrefix(word, "!!") {
		return strings.Replace(word, "~", " ", 1)
	}
	return word
}

// mapping is a YAML mapping with some of the keys.
func mapping(r *rapid.T, keys string, value func(*rapid.T, int) string) string {
	var members []string
	for range rapid.IntRange(0, 3).Draw(r, "members") {
		members = append(members, oneOf(r, keys)+": "+value(r, 3))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func anyValue(r *rapid.T, depth int) string {
	nested := func(r *rapid.T, depth int) string { return anyValue(r, depth-1) }
	switch shape := rapid.IntRange(0, 6).Draw(r, "shape"); {
	case depth == 0 || shape < 3:
		return oneOf(r, scalars)
	case shape == 3:
		return "{secure: " + oneOf(r, scalars) + "}"
	case shape == 4:
		return "[" + anyValue(r, depth-1) + ", " + anyValue(r, depth-1) + "]"
	case shape == 5:
		return mapping(r, "a secure b.c "+scalars, func(r *rapid.T, _ int) string { return nested(r, depth) })
	}
	return mapping(r, "x y z", func(r *rapid.T, _ int) string { return nested(r, depth) })
}

func declaration(r *rapid.T, depth int) string {
	if rapid.Bool().Draw(r, "short") {
		return anyValue(r, 2)
	}
	return mapping(r, "type items default value secret description other", func(r *rapid.T, _ int) string {
		switch rapid.IntRange(0, 5).Draw(r, "attribute") {
		case 0, 1, 2:
			return oneOf(r, "string integer boolean array object")
		case 3:
			return "{type: " + oneOf(r, "string integer boolean array object") + "}"
		}
		return anyValue(r, depth-1)
	})
}

type sdkValue struct {
	text           string
	object, secret bool
}

// refuse makes a panic of the SDK, as at .inf, a refusal.
func refuse(err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("panic: %v", cause)
	}
}

func projectFromSDK(path string) (project *workspace.Project, err error) {
	defer refuse(&err)
	return workspace.LoadProject(path)
}

// valuesFromSDK are the values of a stack file.
func valuesFromSDK(project *workspace.Project, path string) (found map[string]sdkValue, err error) {
	defer refuse(&err)
	stack, err := workspace.LoadProjectStack(nil, project, path)
	if err != nil {
		return nil, err
	}
	found = map[string]sdkValue{}
	for key, value := range stack.Config {
		text, err := value.Value(config.NewBlindingDecrypter())
		if err != nil {
			return nil, err
		}
		found[key.String()] = sdkValue{text: text, object: value.Object(), secret: strings.Contains(text, "[secret]")}
	}
	return found, nil
}
