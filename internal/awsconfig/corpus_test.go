package awsconfig_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	corpusDirectory = "testdata/configs"
	generatedFiles  = 150
)

// corpus are configuration files by name: those written by hand, in the shapes
// that people and tools leave behind, and others that are put together from them.
func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(corpusDirectory)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(entries), 40, "hand-written shapes")
	files := map[string][]byte{}
	var hand [][]byte
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(corpusDirectory, entry.Name()))
		require.NoError(t, err)
		files[entry.Name()] = text
		hand = append(hand, text)
	}
	for seed := range generatedFiles {
		files[fmt.Sprintf("generated-%03d.conf", seed)] = generate(hand, uint64(seed))
	}
	return files
}

// generate puts a file together from sections of the hand-written ones.
func generate(hand [][]byte, seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 5)) //nolint:gosec // the same files every time
	var text []byte
	for range 2 + random.IntN(5) {
		text = append(text, fragment(hand, random)...)
		text = append(text, strings.Repeat("\n", random.IntN(3))...)
	}
	switch random.IntN(4) {
	case 0:
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	case 1:
		text = mixLineEnds(text, random)
	}
	switch random.IntN(5) {
	case 0:
		text = bytes.TrimRight(text, "\r\n")
	case 1:
		text = append(text, "# the end "...)
	case 2:
		text = append(text, "\n\n"...)
	}
	return text
}

// fragment is a hand-written file, or some of its paragraphs.
func fragment(hand [][]byte, random *rand.Rand) []byte {
	for {
		whole := hand[random.IntN(len(hand))]
		if len(whole) > 8000 || len(whole) == 0 {
			continue
		}
		paragraphs := bytes.SplitAfter(whole, []byte("\n\n"))
		from := random.IntN(len(paragraphs))
		return slices.Concat(paragraphs[from:]...)
	}
}

func mixLineEnds(text []byte, random *rand.Rand) []byte {
	var mixed []byte
	for _, line := range bytes.SplitAfter(text, []byte("\n")) {
		if body, found := bytes.CutSuffix(line, []byte("\n")); found && random.IntN(2) == 0 {
			line = slices.Concat(bytes.TrimSuffix(body, []byte("\r")), []byte("\r\n"))
		}
		mixed = append(mixed, line...)
	}
	return mixed
}
