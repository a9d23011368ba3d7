package stack_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func TestParseOutputs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, err string }{
		"not JSON":      {"Current stack outputs (5):", "stack outputs"},
		"other version": {`{"clientConfig": {"version": 2}}`, "is of version 2, this program reads version 1"},
		"no version":    {`{}`, "is of version 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := stack.ParseOutputs([]byte(test.text))
			require.ErrorContains(t, err, test.err)
		})
	}
	outputs, err := stack.ParseOutputs([]byte(`{"clientConfig": {"version": 1, "profiles": [{"durationSeconds": 43200}]}}`))
	require.NoError(t, err)
	require.Equal(t, 12*time.Hour, outputs.ClientConfig.Profiles[0].Duration())
}
