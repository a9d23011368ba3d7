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

// tagList is a tag map as the API takes it, in the order of the keys.
func tagList(v resource.PropertyValue) []types.Tag {
	if !v.IsObject() {
		return nil
	}
	m := v.ObjectValue()
	tags := make([]types.Tag, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		tags = append(tags, types.Tag{Key: aws.String(string(key)), Value: aws.String(text(m, key))})
	}
	return tags
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
