package output

import (
	"fmt"
	"io"
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
