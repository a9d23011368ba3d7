package account

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Tag is one tag of a user, role or policy.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Tags are the tags of one object.
type Tags []Tag

// MarshalXML writes nothing for none.
func (t Tags) MarshalXML(enc *xml.Encoder, start xml.StartElement) error {
	if len(t) == 0 {
		return nil
	}
	return enc.EncodeElement(struct {
		Tags []Tag `xml:"member"`
	}{t}, start)
}

// tagCase says how a kind of resource tells its tag keys apart: users and
// roles do it without regard to case, policies with.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
type tagCase func(key string) string

func ignoreCase(key string) string { return strings.ToLower(key) }
func exactCase(key string) string  { return key }

func (c *constraints) tags(tags []Tag) {
	if len(tags) > tagsPerResource.limit {
		c.fail("tags", fmt.Sprintf("[%d tags]", len(tags)),
			fmt.Sprintf("have length less than or equal to %d", tagsPerResource.limit))
		return
	}
	for i, tag := range tags {
		c.text(fmt.Sprintf("tags.%d.member.key", i+1), tag.Key, tagKeyRule)
		c.text(fmt.Sprintf("tags.%d.member.value", i+1), tag.Value, tagValueRule)
	}
}

func addTags[T hasEntity](a *Account, find func(string) (T, error), name string, tags []Tag, fold tagCase) error {
	var c constraints
	c.tags(tags)
	if err := c.err(); err != nil {
		return err
	}
	return changing(a, find, name, func(object T) error {
		set, err := withTags(object.base().Tags, tags, fold)
		if err == nil {
			object.base().Tags = set
		}
		return err
	})
}

func removeTags[T hasEntity](a *Account, find func(string) (T, error), name string, keys []string, fold tagCase) error {
	return changing(a, find, name, func(object T) error {
		tags := byKey(object.base().Tags, fold)
		for _, key := range keys {
			delete(tags, fold(key))
		}
		object.base().Tags = sortedTags(tags)
		return nil
	})
}

// withTags is old with added set over it, sorted by key. The tags have passed
// constraints.tags.
func withTags(old, added []Tag, fold tagCase) ([]Tag, error) {
	tags := byKey(old, fold)
	seen := map[string]bool{}
	for _, tag := range added {
		if strings.HasPrefix(strings.ToLower(tag.Key), "aws:") {
			return nil, invalidInput("Caller is an end user and not allowed to mutate system tags.")
		}
		key := fold(tag.Key)
		if seen[key] {
			return nil, invalidInput(
				"Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[key] = true
		tags[key] = tag
	}
	if len(tags) > tagsPerResource.limit {
		return nil, limitExceeded("The number of tags has reached the maximum limit.")
	}
	return sortedTags(tags), nil
}

func byKey(list []Tag, fold tagCase) map[string]Tag {
	tags := map[string]Tag{}
	for _, tag := range list {
		tags[fold(tag.Key)] = tag
	}
	return tags
}

func sortedTags(tags map[string]Tag) []Tag {
	return slices.SortedFunc(maps.Values(tags), func(x, y Tag) int { return cmp.Compare(x.Key, y.Key) })
}
