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

// shellWords splits as Python's shlex.split does; ok is false where that fails. A
// piece is what shlex reads at once: space, text in single or in double quotes, an
// escaped character, or plain text.
//
// https://docs.python.org/3/library/shlex.html#parsing-rules
func shellWords(text string) (words []string, ok bool) {
	const space = " \t\r\n"
	if !strings.ContainsAny(text, `'"\`) {
		return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(space, r) }), true
	}
	pieces := regexp.MustCompile(`(?s)^(?:([ \t\r\n]+)|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^ \t\r\n'"\\]+))`)
	unescape := strings.NewReplacer(`\\`, `\`, `\"`, `"`)
	within := false
	for text != "" {
		piece := pieces.FindStringSubmatch(text)
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
		words[len(words)-1] += piece[2] + unescape.Replace(piece[3]) + piece[4] + piece[5]
	}
	return words, true
}

// isHeader reports whether some tool may take a line for the header of a section.
func isHeader(raw string) bool { return len(headers(raw)) > 0 }

// headers are the contents of the brackets, if a line may be taken for the
// header of a section. Tools differ on where a header ends: configparser takes
// the last bracket, `aws configure set` the first, the SDK for Go the last one
// before a comment. To Python a carriage return ends a line.
func headers(raw string) []string {
	if !strings.Contains(raw, "[") {
		return nil
	}
	var found []string
	for piece := range strings.SplitSeq(raw, "\r") {
		text := strings.TrimFunc(piece, isSpace)
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

// denoted are the profiles, in the spelling of plainName, for whose header some
// tool may take a line. In doubt it does: a section of the bare name is one too.
func denoted(raw string) []string {
	var names []string
	for _, inner := range headers(raw) {
		name := plainName(inner)
		word, rest, several := strings.Cut(name, " ")
		switch {
		case several && len(word) >= 7 && strings.EqualFold(word[:7], "profile"):
			name = plainName(rest)
		case several, name == "plugins", name == "preview":
			continue
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// plainName is a name without what tools read differently: quotes, backslashes, the
// amount of space, and capital letters in default.
func plainName(name string) string {
	if strings.ContainsAny(name, `"'\`) {
		name = strings.NewReplacer(`"`, "", `'`, "", `\`, "").Replace(name)
	}
	name = strings.Join(strings.FieldsFunc(name, isSpace), " ")
	if strings.EqualFold(name, defaultProfile) {
		return defaultProfile
	}
	return name
}
