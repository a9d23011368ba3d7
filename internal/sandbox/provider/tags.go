package provider

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

func tagMap(tags []types.Tag) resource.PropertyValue {
	m := resource.PropertyMap{}
	for _, tag := range tags {
		m[resource.PropertyKey(aws.ToString(tag.Key))] = resource.NewProperty(aws.ToString(tag.Value))
	}
	return resource.NewProperty(m)
}

// ownTags are the tags without those that the provider's settings add, unless the program gives the same tag.
func (c cloud) ownTags(tags []types.Tag, known resource.PropertyValue) []types.Tag {
	given := entries(known)
	return slices.DeleteFunc(slices.Clone(tags), func(tag types.Tag) bool {
		key := resource.PropertyKey(aws.ToString(tag.Key))
		_, own := given[key]
		value, added := c.defaultTags[key]
		return !own && added && value.StringValue() == aws.ToString(tag.Value)
	})
}

// mergeTags gives the inputs tagsAll, as pulumi-aws does (provider/tags.go): the default tags and the program's, which
// win.
func mergeTags(defaults, inputs resource.PropertyMap) {
	own := inputs[tagsKey]
	if own.ContainsUnknowns() {
		inputs[tagsAllKey] = unknown()
		return
	}
	all := resource.PropertyMap{}
	maps.Copy(all, defaults)
	maps.Copy(all, entries(own))
	inputs[tagsAllKey] = resource.NewProperty(all)
}

// tagList is a tag map as the API takes it, in the order of the keys.
func tagList(v resource.PropertyValue) []types.Tag {
	m := entries(v)
	var tags []types.Tag
	for _, key := range slices.Sorted(maps.Keys(m)) {
		tags = append(tags, types.Tag{Key: aws.String(string(key)), Value: aws.String(text(m, key))})
	}
	return tags
}

// updateTags removes and sets what differs between two states.
func updateTags(olds, news resource.PropertyMap, untag func(keys []string) error, tag func([]types.Tag) error) error {
	removed, set := tagChanges(olds[tagsAllKey], news[tagsAllKey])
	if len(removed) > 0 {
		if err := untag(removed); err != nil {
			return err
		}
	}
	if len(set) == 0 {
		return nil
	}
	return tag(set)
}

// tagChanges are the keys to remove and the tags to set to get from one tag map to another.
func tagChanges(olds, news resource.PropertyValue) (removed []string, set []types.Tag) {
	had := map[string]string{}
	for _, tag := range tagList(olds) {
		had[*tag.Key] = *tag.Value
	}
	for _, tag := range tagList(news) {
		if value, ok := had[*tag.Key]; !ok || value != *tag.Value {
			set = append(set, tag)
		}
		delete(had, *tag.Key)
	}
	return slices.Sorted(maps.Keys(had)), set
}
