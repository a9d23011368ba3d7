package sandbox

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// changeWord names one kind of change, before and after it is made.
type changeWord struct {
	operation     apitype.OpType
	planned, done string
}

// changeWords are in the order in which they are told.
func changeWords() []changeWord {
	return []changeWord{
		{apitype.OpCreate, "to create", "created"},
		{apitype.OpImport, "to import", "imported"},
		{apitype.OpUpdate, "to update", "updated"},
		{apitype.OpReplace, "to replace", "replaced"},
		{apitype.OpDelete, "to delete", "deleted"},
	}
}

// done says what an operation changed; counts is nil when the engine kept none.
func done(counts *map[string]int) string {
	if counts == nil {
		return inWords(nil, "nothing changed", func(w changeWord) string { return w.done })
	}
	return inWords(*counts, "nothing changed", func(w changeWord) string { return w.done })
}

// planned says what an operation would change.
func planned(counts map[string]int) string {
	return inWords(counts, "nothing to change", func(w changeWord) string { return w.planned })
}

func inWords(counts map[string]int, nothing string, form func(changeWord) string) string {
	var parts []string
	for _, word := range changeWords() {
		if count := counts[string(word.operation)]; count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, form(word)))
		}
	}
	same := counts[string(apitype.OpSame)]
	switch {
	case len(parts) == 0:
		return fmt.Sprintf("%s, %d resources are as they were", nothing, same)
	case same > 0:
		parts = append(parts, fmt.Sprintf("%d unchanged", same))
	}
	return strings.Join(parts, ", ")
}
