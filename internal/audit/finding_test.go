package audit

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Kinds is what tests/audit_remedies_test.go follows the remedies of.
func TestKindsAreAll(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("finding.go")
	require.NoError(t, err)
	var kinds []Kind
	for _, match := range regexp.MustCompile(`(?m)^\tKind\w+ +Kind = "(.*)"$`).FindAllSubmatch(source, -1) {
		kinds = append(kinds, Kind(match[1]))
	}
	require.Greater(t, len(kinds), 20)
	require.ElementsMatch(t, kinds, Kinds())
}
