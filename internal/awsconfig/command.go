package awsconfig

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// The words of a credential_process. The SDKs hand the line to sh -c, or to
// cmd.exe: bareWord is what both take for itself, and a quotedWord has none of
// the characters that keep their meaning in double quotes.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
const (
	bareWord   = "[A-Za-z0-9_./:@=+,-]+"
	quotedWord = "\"(?:[^\"`$!%\\\\[:cntrl:]]|\\\\+[^\"`$!%\\\\[:cntrl:]])*\""
)

var (
	bareWordOnly = regexp.MustCompile("^" + bareWord + "$")
	commandLine  = regexp.MustCompile(
		"^(?:" + bareWord + "|" + quotedWord + ")(?: (?:" + bareWord + "|" + quotedWord + "))*$")
)

// CommandLine is a credential_process of those words, as the AWS CLI, the SDKs and
// the shells that they start understand it. The error is about a word that no
// quotes keep as it is.
func CommandLine(words ...string) (string, error) {
	quoted := make([]string, 0, len(words))
	for _, word := range words {
		if err := checkWord(word); err != nil {
			return "", err
		}
		if !bareWordOnly.MatchString(word) {
			word = `"` + word + `"`
		}
		quoted = append(quoted, word)
	}
	return strings.Join(quoted, " "), nil
}

func checkWord(word string) error {
	const special = "\"`$!%"
	changes := func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(special, r) }
	if strings.ContainsFunc(word, changes) || strings.HasSuffix(word, `\`) {
		return fmt.Errorf("credential_process cannot have the word %q: a shell would change it: "+
			"it must have none of %s, no line break, and no backslash at its end", word, special)
	}
	return nil
}

// isCommandLine reports whether a shell reads a text as one program and its
// arguments.
func isCommandLine(text string) bool { return commandLine.MatchString(text) }
