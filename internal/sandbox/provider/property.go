package provider

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// use says who sets a property.
type use int

const (
	required use = iota // the program must
	optional            // the program may; when it stops to, the value is removed
	merged              // Check does, from the program's inputs and the provider's settings
	computed            // AWS does
)

// kind is a property's type.
type kind int

const (
	textKind kind = iota
	numberKind
	textMapKind
	listKind     // output only
	documentKind // a policy document, JSON text
)

// property describes one property of a resource type; Check, Diff, previews, refresh, import and the schema follow
// from it.
type property struct {
	key      resource.PropertyKey
	kind     kind
	use      use
	replace  bool                   // a change needs a new resource
	fallback resource.PropertyValue // the input that Check fills in, null if none
	refuse   refusal                // what is wrong with a value, nil if nothing can be
}

func (p property) isInput() bool { return p.use != computed }

// isGiven reports whether a program may give the property.
func (p property) isGiven() bool { return p.isInput() && p.use != merged }

// same reports whether two known values mean the same to IAM.
func (p property) same(a, b resource.PropertyValue) bool {
	switch {
	case isZero(a) && isZero(b):
		return true
	case p.kind == documentKind && a.IsString() && b.IsString():
		return equivalentDocuments(a.StringValue(), b.StringValue())
	default:
		return a.DeepEquals(b)
	}
}

// schema describes a resource type.
type schema []property

func (s schema) inputs() []property {
	return slices.DeleteFunc(slices.Clone(s), func(p property) bool { return !p.isInput() })
}

func (s schema) find(key resource.PropertyKey) (property, bool) {
	i := slices.IndexFunc(s, func(p property) bool { return p.key == key })
	if i < 0 {
		return property{}, false
	}
	return s[i], true
}

// changed reports whether an update has to set the property. The key must be the schema's.
func (s schema) changed(key resource.PropertyKey, olds, news resource.PropertyMap) bool {
	p, _ := s.find(key)
	return !p.same(olds[key], news[key])
}

// planned is the state that a preview promises: the inputs, what the old state has computed, and unknowns for what
// only AWS can tell.
func (s schema) planned(olds, news resource.PropertyMap) resource.PropertyMap {
	plan := s.settled(olds, news)
	for _, p := range s {
		if _, known := plan[p.key]; !known && p.use == computed {
			plan[p.key] = unknown()
		}
	}
	return plan
}

// settled is the part of the new state that is known without asking AWS.
func (s schema) settled(olds, news resource.PropertyMap) resource.PropertyMap {
	state := resource.PropertyMap{}
	for _, p := range s {
		value, given := news[p.key]
		if !given && p.use == computed {
			value, given = olds[p.key]
		}
		switch {
		case given:
			state[p.key] = value
		case p.use == optional || p.use == merged:
			if zero, ok := zeroOf(p.kind); ok {
				state[p.key] = zero
			}
		}
	}
	return state
}

// zeroOf is how the state shows an optional property that is not set.
func zeroOf(k kind) (resource.PropertyValue, bool) {
	switch k {
	case textKind, documentKind:
		return resource.NewProperty(""), true
	case textMapKind:
		return resource.NewProperty(resource.PropertyMap{}), true
	default:
		return resource.PropertyValue{}, false
	}
}
