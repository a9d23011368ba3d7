package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrTags is wrapped by the errors of [CheckTags].
var ErrTags = errors.New("invalid tags")

// ErrTooManyTags is the one of them that is about no single tag.
var ErrTooManyTags = fmt.Errorf("%w: at most 50 are allowed", ErrTags)

// CheckTags holds the tags of a role or a policy to IAM's rules: at most 50, keys of 1
// to 128 characters that do not begin with aws: and that differ in more than case,
// values of at most 256.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
func CheckTags(tags map[string]string) error {
	var faults []error
	fault := func(format string, values ...any) {
		faults = append(faults, fmt.Errorf("%w: "+format, append([]any{ErrTags}, values...)...))
	}
	if len(tags) > 50 {
		faults = append(faults, fmt.Errorf("%w, not %d", ErrTooManyTags, len(tags)))
	}
	seen := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		folded := strings.ToLower(key)
		other, twice := seen[folded]
		seen[folded] = key
		switch value := tags[key]; {
		case twice:
			fault("keys %q and %q are one to IAM", other, key)
		case strings.HasPrefix(folded, "aws:"):
			fault("key %q: AWS keeps those that begin with aws: for itself", key)
		case key == "" || utf8.RuneCountInString(key) > 128 || !isTagText(key):
			fault("key %q: 1 to 128 letters, digits, spaces and _.:/=+-@ only", key)
		case utf8.RuneCountInString(value) > 256 || !isTagText(value):
			fault("value of %s: %q: at most 256 letters, digits, spaces and _.:/=+-@ only", key, value)
		}
	}
	return errors.Join(faults...)
}

func isTagText(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", r)
	})
}
