package awsconfig

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkBlock refuses what could not be written, or would not be read as it was
// meant by each of the AWS CLI, boto3 and the SDK for Go.
func checkBlock(b Block) error {
	if err := checkOwner(b.Owner); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, p := range b.Profiles {
		if err := checkName(p.Name); err != nil {
			return err
		}
		if names[p.Name] {
			return invalid("two profiles of the block have the name %q", p.Name)
		}
		names[p.Name] = true
		if err := checkSettings(p); err != nil {
			return err
		}
	}
	return nil
}

// checkOwner keeps the marker lines readable, for us and for `aws configure set`.
func checkOwner(owner string) error {
	switch {
	case owner == "" || strings.TrimSpace(owner) != owner || !isPrintable(owner):
		return invalid("the owner of the block, %q, must be printable text without space around it", owner)
	case strings.ContainsAny(owner, reservedInOwner):
		return invalid("the owner of the block, %q, must have none of %s", owner, reservedInOwner)
	default:
		return nil
	}
}

// checkName refuses names that no spelling makes readable for all: the AWS CLI
// reads a name with a space in quotes only, and the SDK for Go takes quotes for
// a part of the name.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html#file-format-profile
func checkName(name string) error {
	var problem string
	switch {
	case name == "":
		problem = "the name is empty"
	case !isPrintable(name):
		problem = "the name has characters that cannot be printed"
	case strings.ContainsFunc(name, unicode.IsSpace):
		problem = "the name has a space, and what the AWS CLI and the SDKs read then differs"
	case strings.ContainsAny(name, "[]\"'\\#;"):
		problem = `the name has one of [ ] " ' \ # ; in it`
	default:
		return nil
	}
	return invalid("profile %q: %s: choose a name of letters, digits, dots, dashes and underscores", name, problem)
}

func checkSettings(p Profile) error {
	keys := map[string]bool{}
	for _, s := range p.Settings {
		var problem string
		switch {
		case !managed(s.Key):
			problem = "awsmfa writes no such key"
		case keys[s.Key]:
			problem = "the profile has this key twice"
		case s.Key == "credential_process" && !isCommandLine(s.Value):
			problem = "a shell would not read this as one program and its arguments"
		default:
			problem = valueProblem(s.Value)
		}
		if problem != "" {
			return invalid("profile %q, %s: %s", p.Name, s.Key, problem)
		}
		keys[s.Key] = true
	}
	return nil
}

// valueProblem holds a value against the rules of all readers: configparser
// strips the space around it, the SDK for Go cuts comments and quotes off.
func valueProblem(value string) string {
	switch {
	case value == "":
		return "the value is empty"
	case !isPrintable(value):
		return "the value has a line break or another character that cannot be printed"
	case strings.TrimFunc(value, isSpace) != value:
		return "the value has space around it, which no tool reads"
	case strings.Contains(value, " #") || strings.Contains(value, " ;"):
		return "the value has a space before # or ;, which begins a comment for some SDKs"
	case inQuotes(value, `"`) || inQuotes(value, `'`):
		return "the value begins and ends with a quote, which some SDKs take off and others do not"
	default:
		return ""
	}
}

func inQuotes(value, quote string) bool {
	return strings.HasPrefix(value, quote) && strings.HasSuffix(value, quote)
}

func isPrintable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
