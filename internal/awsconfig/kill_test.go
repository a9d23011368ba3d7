package awsconfig_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

// editing is the file that this test program, started once more, edits until it is
// killed.
const editing = "AWSMFA_TEST_EDITS"

// printing has this test program, started once more, print its arguments.
const printing = "AWSMFA_TEST_PRINTS"

func TestMain(m *testing.M) {
	if os.Getenv(printing) != "" {
		fmt.Println(strings.Join(os.Args[1:], "\n")) //nolint:forbidigo // this is a program then
		os.Exit(0)
	}
	path := os.Getenv(editing)
	if path == "" {
		os.Exit(m.Run())
	}
	for {
		for _, edit := range []func(*awsconfig.File) error{putting(devBlock()), removing(devOwner)} {
			if _, _, err := awsconfig.Update(context.Background(), path, edit); err != nil {
				_, _ = os.Stderr.WriteString(err.Error())
				os.Exit(1)
			}
			_, _ = os.Stdout.Write([]byte{0})
		}
	}
}

// TestKilledAtAnyMoment: the file is whole, and the next run leaves nothing else.
// AWSMFA_KILLS is how often.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	kills, _ := strconv.Atoi(os.Getenv("AWSMFA_KILLS"))
	directory := t.TempDir()
	path := filepath.Join(directory, "config")
	const original = "[default]\nregion = us-east-1\n"
	write(t, path, original, 0o600)
	left := 0
	for range max(kills, 25) {
		cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this program
		cmd.Env = []string{editing + "=" + path}
		edits, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		_, err = edits.Read(make([]byte, 1))
		require.NoError(t, err)
		time.Sleep(rand.N(3 * time.Millisecond)) //nolint:gosec // the moment
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, []string{original, put(t, original, devBlock())}, string(text))
		found, err := os.ReadDir(directory)
		require.NoError(t, err)
		left += len(found) - 1
	}
	require.Positive(t, left, "no moment was a bad one")
	mustUpdate(t, path, putting(devBlock()))
	requireOnly(t, directory, "config")
}
