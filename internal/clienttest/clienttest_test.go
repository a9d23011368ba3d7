package clienttest_test

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
)

// recorder keeps how the test ended at first: it goes on, which a test does not.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper()           {}
func (r *recorder) Skip(args ...any)  { r.end("skipped: ", args) }
func (r *recorder) Fatal(args ...any) { r.end("failed: ", args) }

func (r *recorder) end(how string, args []any) { r.ended = cmp.Or(r.ended, how+fmt.Sprint(args...)) }

func TestWithoutTheClients(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, client := range clienttest.Clients() {
		for ci, ended := range map[string]string{"": "skipped", "true": "failed"} {
			t.Setenv("CI", ci)
			r := &recorder{TB: t}
			clienttest.Require(r, client.Name)
			require.Contains(t, r.ended, ended+": NOT TRIED: "+client.Tried)
			require.Contains(t, r.ended, "executable file not found in $PATH; to try it: "+client.Install)
		}
	}
}
