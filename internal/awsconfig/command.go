package awsconfig

import (
	"fmt"
	"strings"
	"unicode"
)

// bareCharacters are those of a word that sh -c and cmd.exe, to which the SDKs hand
// a credential_process, both take for itself.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
const bareCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@=+,-"

// CommandLine is a credential_process of those words, as the AWS CLI, the SDKs and
// the shells that they start understand it. The error is about a word that no
// quotes keep as it is.
func CommandLine(words ...string) (string, error) {
	quoted := make([]string, 0, len(words))
	for _, word := range words {
		if err := checkWord(word); err != nil {
			return "", err
		}
		if word == "" || strings.Trim(word, bareCharacters) != "" {
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

// isCommandLine reports whether a text is what [CommandLine] gives.
func isCommandLine(text string) bool {
	var words []string
	for i, piece := range strings.Split(text, `"`) {
		if i%2 == 1 {
			words = append(words, piece)
		} else {
			words = append(words, strings.Fields(piece)...)
		}
	}
	line, err := CommandLine(words...)
	return err == nil && line == text
}
