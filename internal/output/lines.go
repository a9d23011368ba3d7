package output

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
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

// Row is a row of a [Table], of cells that are made [Printable].
func Row(cells ...string) Painted {
	printable := make([]string, len(cells))
	for i, cell := range cells {
		printable[i] = Printable(cell)
	}
	return Painted(strings.Join(printable, "\t"))
}

// Table writes rows whose cells are separated by tabs, in columns. Only the last
// column may have colours: the width of escape sequences counts elsewhere.
func Table(out io.Writer, rows []Painted) error {
	aligned := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	text := Lines{W: aligned}
	for _, row := range rows {
		text.Linef("%s", row)
	}
	if text.Err != nil {
		return text.Err
	}
	return aligned.Flush()
}
