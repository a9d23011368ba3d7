package output

import (
	"strconv"
	"strings"
	"unicode"
)

// Printable is the text with escapes in the place of characters that steer a
// terminal, or the direction of the text on it. Names, and what a server answered,
// may have any. Lines stay lines.
func Printable(text string) string {
	if !strings.ContainsFunc(text, steers) {
		return text
	}
	var out strings.Builder
	for _, char := range text {
		if steers(char) {
			out.WriteString(strings.Trim(strconv.QuoteRuneToASCII(char), "'"))
		} else {
			out.WriteRune(char)
		}
	}
	return out.String()
}

// steers is about control characters (Cc) and format characters (Cf), such as those
// that turn the direction around.
func steers(char rune) bool { return char != '\n' && unicode.In(char, unicode.Cc, unicode.Cf) }
