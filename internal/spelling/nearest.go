// Package spelling finds the word that somebody may have meant.
package spelling

import (
	"iter"
	"strings"

	"github.com/agext/levenshtein"
)

// Nearest is the first of the known words that take the fewest changes to become
// the given one, capitals apart; empty if that is more than half of it.
func Nearest(word string, known iter.Seq[string]) string { return within(len(word)/2, word, known) }

// Slip is [Nearest] of at most two changes, where what is meant may be none of the known.
func Slip(word string, known iter.Seq[string]) string { return within(2, word, known) }

func within(most int, word string, known iter.Seq[string]) string {
	nearest := ""
	for other := range known {
		if changes := levenshtein.Distance(strings.ToLower(word), strings.ToLower(other), nil); changes <= most {
			nearest, most = other, changes-1
		}
	}
	return nearest
}
