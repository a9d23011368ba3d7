package awsconfig

import (
	"fmt"
	"runtime"
	"strings"
	"unicode"
)

// bareCharacters are those of a word that sh -c and cmd.exe, to which the SDKs hand
// a credential_process, both take for itself.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
const bareCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@=+,-"

// bareOnWindows are more of them, to cmd.exe and to botocore on Windows.
const bareOnWindows = `\~`

// CommandLine is a credential_process of those words, as the AWS CLI, the SDKs and
// the shells that they start understand it. The error is about a word that no
// quotes keep as it is.
func CommandLine(words ...string) (string, error) {
	return commandLine(runtime.GOOS == "windows", words)
}

func commandLine(onWindows bool, words []string) (string, error) {
	quote := quoted
	if onWindows {
		quote = bare
	}
	line := make([]string, 0, len(words))
	for _, word := range words {
		word, err := quote(word)
		if err != nil {
			return "", err
		}
		line = append(line, word)
	}
	return strings.Join(line, " "), nil
}

func quoted(word string) (string, error) {
	const special = "\"`$!%"
	changes := func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(special, r) }
	if strings.ContainsFunc(word, changes) || strings.HasSuffix(word, `\`) {
		return "", fmt.Errorf("credential_process cannot have the word %q: a shell would change it: "+
			"it must have none of %s, no line break, and no backslash at its end", word, special)
	}
	if word == "" || strings.Trim(word, bareCharacters) != "" {
		word = `"` + word + `"`
	}
	return word, nil
}

// bare refuses what would need quotes. The SDK for Go hands the line to cmd.exe as
// one argument, in which Go puts a backslash before each quote, and cmd.exe takes
// that for a part of the word.
//
// https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
func bare(word string) (string, error) {
	if word != "" && strings.Trim(word, bareCharacters+bareOnWindows) == "" && !strings.HasSuffix(word, `\`) {
		return word, nil
	}
	return "", fmt.Errorf("credential_process cannot have the word %q on Windows, where the AWS SDK for Go, and so "+
		"Terraform, takes no quotes: keep awsmfa in a directory that PATH names, and have profiles named with letters, "+
		"digits and %s only", word, bareCharacters[62:]+bareOnWindows)
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
