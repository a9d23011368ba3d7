package awsconfig

import (
	"regexp"
	"slices"
	"strings"
)

// headerOf is the header of a profile as we write it. Names that would need
// quotes are refused by checkName.
func headerOf(profile string) string {
	if profile == defaultProfile {
		return "[default]"
	}
	return "[profile " + profile + "]"
}

const defaultProfile = "default"

// ownProfile is the name in a header that is written as headerOf does, "" for
// any other line.
func ownProfile(text string) string {
	if text == "[default]" {
		return defaultProfile
	}
	name, found := strings.CutPrefix(text, "[profile ")
	name, closed := strings.CutSuffix(name, "]")
	if !found || !closed || name == defaultProfile || checkName(name) != nil {
		return ""
	}
	return name
}

// cliProfile is the profile of a header as botocore's configloader reads it: ""
// for a section that is none.
func cliProfile(text string) string {
	inner := inBrackets(text)
	if inner == defaultProfile {
		return defaultProfile
	}
	words, ok := shellWords(inner)
	if !ok || len(words) != 2 || !strings.HasPrefix(inner, "profile") {
		return ""
	}
	return words[1]
}

// inBrackets is what stands between the brackets of a header, as configparser
// reads it.
func inBrackets(text string) string {
	trimmed := strings.TrimFunc(text, isSpace)
	return trimmed[1:strings.LastIndexByte(trimmed, ']')]
}

// shellPiece is what shlex reads at once: space, text in single or in double
// quotes, an escaped character, or plain text.
var (
	shellPiece   = regexp.MustCompile(`(?s)^(?:([ \t\r\n]+)|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^ \t\r\n'"\\]+))`)
	shellEscaped = regexp.MustCompile(`\\(["\\])`)
)

// shellWords splits as Python's shlex.split does; ok is false where that fails.
//
// https://docs.python.org/3/library/shlex.html#parsing-rules
func shellWords(text string) (words []string, ok bool) {
	within := false
	for text != "" {
		piece := shellPiece.FindStringSubmatch(text)
		if piece == nil {
			return nil, false
		}
		text = text[len(piece[0]):]
		if piece[1] != "" {
			within = false
			continue
		}
		if !within {
			words, within = append(words, ""), true
		}
		words[len(words)-1] += piece[2] + shellEscaped.ReplaceAllString(piece[3], "$1") + piece[4] + piece[5]
	}
	return words, true
}

// headers are the contents of the brackets, if a line may be taken for the
// header of a section. Tools differ on where a header ends: configparser takes
// the last bracket, `aws configure set` the first, the SDK for Go the last one
// before a comment. To Python a carriage return ends a line.
func headers(raw string) []string {
	var found []string
	for piece := range strings.SplitSeq(raw, "\r") {
		text := strings.TrimFunc(strings.TrimPrefix(piece, byteOrderMark), isSpace)
		if !strings.HasPrefix(text, "[") {
			continue
		}
		beforeComment := text[:max(0, strings.IndexAny(text, "#;"))]
		for _, end := range []int{
			strings.IndexByte(text, ']'), strings.LastIndexByte(text, ']'), strings.LastIndexByte(beforeComment, ']'),
		} {
			if end > 0 {
				found = append(found, text[1:end])
			}
		}
	}
	return found
}

// denotes reports whether a line may be taken for the header of the profile by
// some tool. In doubt it does: quotes, backslashes and the amount of space do not
// count, and a section of the bare name is one too.
func denotes(raw, profile string) bool {
	return slices.ContainsFunc(headers(raw), func(inner string) bool {
		name, want := plain(inner), plain(profile)
		word, rest, several := strings.Cut(name, " ")
		if several {
			return len(word) >= 7 && strings.EqualFold(word[:7], "profile") && sameName(rest, want)
		}
		return sameName(name, want) && name != "plugins" && name != "preview"
	})
}

func sameName(name, want string) bool {
	return name == want || strings.EqualFold(name, defaultProfile) && strings.EqualFold(want, defaultProfile)
}

func plain(name string) string {
	unquoted := strings.NewReplacer(`"`, "", `'`, "", `\`, "").Replace(name)
	return strings.Join(strings.FieldsFunc(unquoted, isSpace), " ")
}
