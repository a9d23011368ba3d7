package output

import (
	"fmt"
	"io"
	"strings"
)

// Lines writes lines and keeps the first error.
type Lines struct {
	W   io.Writer
	Err error
}

// Linef writes a line; texts in it are made [Printable], but for what is [Painted].
func (l *Lines) Linef(format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = Printable(text)
		}
	}
	if l.Err == nil {
		_, l.Err = fmt.Fprintf(l.W, format+"\n", args...)
	}
}

// Wrapped breaks text between words where [Width] ends, to go on below the indent at
// which it begins.
func Wrapped(text, indent string) string {
	var out strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			out.WriteString("\n" + indent)
		}
		at := len(indent)
		for j, word := range strings.Fields(line) {
			switch {
			case j > 0 && at+1+len(word) > Width:
				out.WriteString("\n" + indent)
				at = len(indent)
			case j > 0:
				out.WriteByte(' ')
				at++
			}
			out.WriteString(word)
			at += len(word)
		}
	}
	return out.String()
}
