package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The patterns and lengths are those of https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html,
// API_CreatePolicy.html, API_Tag.html and API_AttachRolePolicy.html.
const (
	maxRoleName    = 64
	maxPolicyName  = 128
	maxGroupName   = 128
	maxDescription = 1000
	maxPath        = 512
	maxTags        = 50
	maxTagKey      = 128
	maxTagValue    = 256
	minSession     = 3600
	maxSession     = 43200
)

const namePattern = `^[\w+=,.@-]+$`

// refusal says why a known value of the right type is not allowed, or "" if it is.
type refusal = func(resource.PropertyValue) string

// matching compiles the pattern once, when the schema is built.
func matching(pattern string, minLength, maxLength int) refusal {
	expression := regexp.MustCompile(pattern)
	return func(v resource.PropertyValue) string {
		s := v.StringValue()
		switch n := utf8.RuneCountInString(s); {
		case n < minLength || n > maxLength:
			return fmt.Sprintf("expected %d to %d characters, got %d", minLength, maxLength, n)
		case !expression.MatchString(s):
			return fmt.Sprintf("%q does not match %s", s, pattern)
		}
		return ""
	}
}

func refuseDescription(v resource.PropertyValue) string {
	if n := utf8.RuneCountInString(v.StringValue()); n > maxDescription {
		return fmt.Sprintf("expected at most %d characters, got %d", maxDescription, n)
	}
	return ""
}

func refuseSession(v resource.PropertyValue) string {
	n := v.NumberValue()
	if n != float64(int32(n)) || n < minSession || n > maxSession {
		return fmt.Sprintf("expected whole seconds from %d to %d, got %v", minSession, maxSession, n)
	}
	return ""
}

func refuseARN(v resource.PropertyValue) string {
	s := v.StringValue()
	parsed, err := arn.Parse(s)
	if err != nil || !strings.HasPrefix(parsed.Partition, "aws") || parsed.Service == "" || parsed.Resource == "" {
		return fmt.Sprintf("%q is not an ARN", s)
	}
	return ""
}

func refuseDocument(v resource.PropertyValue) string {
	var object map[string]any
	if err := json.Unmarshal([]byte(v.StringValue()), &object); err != nil {
		return fmt.Sprintf("contains an invalid JSON policy: %v", err)
	}
	if object == nil {
		return "contains an invalid JSON policy: not a JSON object"
	}
	return ""
}

func refuseTags(v resource.PropertyValue) string {
	tags := v.ObjectValue()
	if len(tags) > maxTags {
		return fmt.Sprintf("expected at most %d tags, got %d", maxTags, len(tags))
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		switch value := tags[key]; {
		case !value.IsString():
			return fmt.Sprintf("the value of tag %q must be a string, got %s", key, value.TypeString())
		case key == "" || utf8.RuneCountInString(string(key)) > maxTagKey:
			return fmt.Sprintf("tag key %q: expected 1 to %d characters", key, maxTagKey)
		case strings.HasPrefix(strings.ToLower(string(key)), "aws:"):
			return fmt.Sprintf("tag key %q: the prefix aws: is reserved", key)
		case utf8.RuneCountInString(value.StringValue()) > maxTagValue:
			return fmt.Sprintf("the value of tag %q: expected at most %d characters", key, maxTagValue)
		}
	}
	return ""
}
