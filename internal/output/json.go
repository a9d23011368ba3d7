// Package output is how data and text are written for scripts and for people.
package output

import (
	"encoding/json"
	"io"
)

// JSON writes a value for scripts.
func JSON(out io.Writer, value any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}

// NotNull is the list as JSON gives it to scripts, which [] suits better than null.
func NotNull[T any](list []T) []T { return append([]T{}, list...) }
