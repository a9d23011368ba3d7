package account_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// keptPathVariable has this test binary be a process that keeps an account and
// says which groups it has, until it is killed.
const keptPathVariable = "AWSMFA_TEST_KEEP"

func TestMain(m *testing.M) {
	path := os.Getenv(keptPathVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := keepForever(path); err != nil {
		panic(err)
	}
}

func keepForever(path string) error {
	a := account.New(accountID, "aws")
	kept, err := account.Keep(a, path)
	for i := 0; err == nil; i++ {
		if _, err = a.CreateGroup("group-"+strconv.Itoa(i), ""); err == nil {
			err = kept.Save()
		}
		if err == nil {
			_, err = os.Stdout.WriteString(strconv.Itoa(i) + "\n")
		}
	}
	return err
}

// TestKilled: what was answered is there after a process was killed, wherever
// it was: in a line, or while it wrote all.
func TestKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "account.json")
	for _, last := range []int{0, 10, 2100, 4300} {
		cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this very test binary
		cmd.Env = append(os.Environ(), keptPathVariable+"="+path)
		output, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines, killed, answered := bufio.NewScanner(output), false, 0
		for lines.Scan() {
			answered, err = strconv.Atoi(lines.Text())
			require.NoError(t, err)
			if answered >= last && !killed {
				killed = true
				require.NoError(t, cmd.Process.Kill())
			}
		}
		require.Error(t, cmd.Wait())
		loaded, err := account.Load(path)
		require.NoError(t, err)
		for i := range answered + 1 {
			_, _, err := loaded.GetGroup("group-" + strconv.Itoa(i))
			require.NoError(t, err)
		}
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	path := filepath.Join(t.TempDir(), "account.json")
	kept, err := account.Keep(a, path)
	require.NoError(t, err)
	text := func() string {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(text)
	}
	same := func() {
		loaded, err := account.Load(path)
		require.NoError(t, err)
		require.Equal(t, snapshot(t, a), snapshot(t, loaded))
	}
	change := func() {
		require.NoError(t, a.AttachGroupPolicy("developers", adminARN))
		require.NoError(t, kept.Save())
		same()
		require.NoError(t, a.DetachGroupPolicy("developers", adminARN))
		require.NoError(t, kept.Save())
		same()
	}
	whole := text()
	change()
	require.Equal(t, whole, text()[:len(whole)], "all is not written again")
	require.Equal(t, 3, strings.Count(text(), "\n"))
	before := text()
	require.NoError(t, kept.Save())
	require.Equal(t, before, text(), "nothing has changed")

	for name, spoil := range map[string]func() error{
		"half a line": func() error { return os.WriteFile(path, []byte(before[:len(before)-5]), 0o600) },
		"no file":     func() error { return os.Remove(path) },
		"another file, as long as it": func() error {
			if err := os.WriteFile(path+".copy", []byte(text()), 0o600); err != nil {
				return err
			}
			return os.Rename(path+".copy", path)
		},
	} {
		require.NoError(t, spoil(), name)
		change()
	}
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Mkdir(path, 0o700))
	require.NoError(t, a.AttachGroupPolicy("developers", adminARN))
	require.ErrorContains(t, kept.Save(), "saving the sandbox account to "+path)
	require.Error(t, kept.Save(), "it is still not saved")
	require.NoError(t, os.Remove(path))
	require.NoError(t, kept.Save())
	change()
	require.NoError(t, kept.Close())
	require.Equal(t, 1, strings.Count(text(), "\n"))
	same()
}

// TestKeepsDevicesAndSessions: each change is in the file at once, not only with a
// later one of the same object.
func TestKeepsDevicesAndSessions(t *testing.T) {
	t.Parallel()
	now := clock
	a := account.New(accountID, "aws", account.WithClock(func() time.Time { return now }))
	_, err := a.CreateUser(account.CreateUserInput{UserName: "alice"})
	require.NoError(t, err)
	key, err := a.CreateAccessKey("alice")
	require.NoError(t, err)
	_, alice, err := a.Credentials(key.AccessKeyID, "")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "account.json")
	kept, err := account.Keep(a, path)
	require.NoError(t, err)
	same := func() {
		require.NoError(t, kept.Save())
		loaded, err := account.Load(path)
		require.NoError(t, err)
		require.JSONEq(t, snapshot(t, a), snapshot(t, loaded))
	}
	device, err := a.CreateVirtualMFADevice("alice", "", nil)
	require.NoError(t, err)
	same()
	code := func(ago time.Duration) string {
		code, err := totp.GenerateCode(device.Base32StringSeed, now.Add(-ago))
		require.NoError(t, err)
		return code
	}
	require.NoError(t, a.EnableMFADevice(account.MFADeviceInput{
		UserName: "alice", SerialNumber: device.SerialNumber,
		AuthenticationCode1: code(30 * time.Second), AuthenticationCode2: code(0),
	}))
	same()
	for range 2 { // the second drops the first, which has long expired
		_, err = a.GetSessionToken(alice, account.MFA{}, 0, nil)
		require.NoError(t, err)
		same()
		now = now.Add(72 * time.Hour)
	}
}

func TestLoadRefusesDamagedChanges(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "account.json")
	require.NoError(t, newAccount(t).Save(path))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, line := range map[string]string{
		"no JSON":                    "\x00\n",
		"an unknown field":           `{"devices":{}}` + "\n",
		"two changes":                `{"users":{}} {"users":{}}` + "\n",
		"a group that is not there":  `{"groups":{"developers":null}}` + "\n",
		"a user under another's key": `{"users":{"bob":{"name":"rob","id":"AIDAX","path":"/"}}}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "account.json")
			require.NoError(t, os.WriteFile(path, append(slices.Clip(whole), line...), 0o600))
			_, err := account.Load(path)
			require.ErrorIs(t, err, account.ErrFormat)
		})
	}
}
