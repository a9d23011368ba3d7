package awsconfig_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

func TestConflicts(t *testing.T) {
	t.Parallel()
	block := func(name string) awsconfig.Block {
		return awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{roleProfile(name)}}
	}
	text, err := os.ReadFile("testdata/headers.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		header, err := strconv.Unquote(fields[2])
		require.NoError(t, err, line)
		name, conflicting := fields[0], fields[1] == "true"
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			text := "# first\n" + header + "\nregion = secret\n"
			file := parse(t, text)
			require.Equal(t, conflicting, len(file.Conflicts(block(name))) > 0)
			err := file.Put(block(name), false)
			if !conflicting {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "it has these profiles already: profile "+name+" in line ")
			require.NotContains(t, err.Error(), "secret")
			require.Equal(t, text, string(file.Bytes()), "an error changes nothing")

			require.NoError(t, file.Put(block(name), true))
			require.NoError(t, parse(t, string(file.Bytes())).Put(block(name), false), "the section in the way is gone")
			require.NotContains(t, string(file.Bytes()), "secret")
		})
	}
}

func TestConflictErrorNamesEverySection(t *testing.T) {
	t.Parallel()
	file := parse(t, put(t, "[profile dev-power-user]\n\n[profile a]\n[profile 'dev-power-user']\n", prodBlock()))
	block := devBlock()
	block.Profiles = append(block.Profiles, roleProfile("prod-read-only"))
	require.EqualError(t, file.Put(block, false), "it has these profiles already: "+
		"profile dev-power-user in line 1 (not written by awsmfa), profile dev-power-user in line 4 (not written by awsmfa), "+
		"profile prod-read-only in line 6 (written for "+prodOwner+"); "+
		"rename them, have ours named differently with --prefix, or replace them with --force")
}

// TestForceTakesOut shows what goes: the sections in the way, their comments,
// the blank lines behind them, and blocks of ours that get empty.
func TestForceTakesOut(t *testing.T) {
	t.Parallel()
	text := "[default]\na = 1\n\n[profile dev-power-user]\n# inside\nregion = x\ns3 =\n  y = z\n\n\n" +
		"# about b\n[profile b]\nc = d\n[dev-power-user-sdk]\nlast = 1"
	file := parse(t, text)
	require.NoError(t, file.Put(devBlock(), true))
	want := "[default]\na = 1\n\n# about b\n[profile b]\nc = d\n"
	require.Equal(t, put(t, want, devBlock()), string(file.Bytes()))

	file = parse(t, put(t, put(t, "[default]", prodBlock()), devBlock()))
	require.NoError(t, file.Put(awsconfig.Block{Owner: devOwner, Profiles: prodBlock().Profiles}, true))
	require.Equal(t, []string{devOwner}, file.Owners())
	require.Equal(t, "[default]", remove(t, string(file.Bytes()), devOwner), "the line end is handed on")
}

// TestForceTakesOutTheTextBeforeABlock: the line end that was added to it is gone
// with it, so Remove must not take another one.
func TestForceTakesOutTheTextBeforeABlock(t *testing.T) {
	t.Parallel()
	text := put(t, "[default]\na = 1\n[profile new]\nregion = x", devBlock())
	file := parse(t, text)
	block := devBlock()
	block.Profiles = append(block.Profiles, roleProfile("new"))
	require.NoError(t, file.Put(block, true))
	require.Equal(t, "[default]\na = 1\n", remove(t, string(file.Bytes()), devOwner))

	file = parse(t, put(t, "[profile new]", devBlock()))
	require.NoError(t, file.Put(block, true))
	require.Empty(t, remove(t, string(file.Bytes()), devOwner))
}

// TestOurProfileTwice: somebody copied a profile of ours, within the block.
func TestOurProfileTwice(t *testing.T) {
	t.Parallel()
	text := put(t, "", devBlock())
	text = strings.Replace(text, "# <<<", "[profile dev-power-user]\nregion = copied\n\n# <<<", 1)
	file := parse(t, text)
	require.Equal(t, []awsconfig.Conflict{{Profile: "dev-power-user", Line: 12, Owner: devOwner}}, file.Conflicts(devBlock()))
	require.ErrorContains(t, file.Put(devBlock(), false), "profile dev-power-user in line 12")
	require.NoError(t, file.Put(devBlock(), true))
	require.Equal(t, put(t, "", devBlock()), string(file.Bytes()))
}
