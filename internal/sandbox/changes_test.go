package sandbox

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChangesInWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		counts        map[string]int
		done, planned string
	}{
		{
			counts:  nil,
			done:    "nothing changed, 0 resources are as they were",
			planned: "nothing to change, 0 resources are as they were",
		},
		{
			counts:  map[string]int{"same": 9},
			done:    "nothing changed, 9 resources are as they were",
			planned: "nothing to change, 9 resources are as they were",
		},
		{
			counts:  map[string]int{"create": 9},
			done:    "9 created",
			planned: "9 to create",
		},
		{
			counts:  map[string]int{"same": 4, "delete": 2, "update": 1, "create": 3, "replace": 5, "import": 6},
			done:    "3 created, 6 imported, 1 updated, 5 replaced, 2 deleted, 4 unchanged",
			planned: "3 to create, 6 to import, 1 to update, 5 to replace, 2 to delete, 4 unchanged",
		},
	} {
		require.Equal(t, test.done, done(&test.counts))
		require.Equal(t, test.planned, planned(test.counts))
	}
	require.Equal(t, "nothing changed, 0 resources are as they were", done(nil))
}
