package awsconfig_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

// FuzzPutRemove holds the property of the corpus for whatever can be put into
// whatever: the only reasons not to are names and values that cannot be written,
// damaged blocks, and profiles that are there.
func FuzzPutRemove(f *testing.F) {
	for _, text := range corpus(f) {
		if len(text) < 3000 {
			f.Add(text, devOwner, prodOwner, "dev-power-user", "default", "source_profile", "default")
		}
	}
	f.Add([]byte("a\r"), "o", "p", "x", "y", "region", "a=b")
	f.Fuzz(func(t *testing.T, original []byte, owner, other, name, second, key, value string) {
		file, err := awsconfig.Parse(original)
		if err != nil {
			return
		}
		require.Equal(t, string(original), string(file.Bytes()))
		setting := []awsconfig.Setting{{Key: key, Value: value}}
		one := awsconfig.Block{Owner: owner, Profiles: []awsconfig.Profile{{Name: name, Settings: setting}, {Name: second}}}
		two := awsconfig.Block{Owner: other, Profiles: []awsconfig.Profile{{Name: name + "2", Settings: setting}}}
		if len(file.Owners()) > 0 || owner == other || !writable(t, file, one) || !writable(t, file, two) {
			return
		}
		requireReversible(t, string(original), one, two)
	})
}

// writable puts the block, and accepts that it is refused for its content.
func writable(t *testing.T, file *awsconfig.File, block awsconfig.Block) bool {
	t.Helper()
	before, conflicts := string(file.Bytes()), file.Conflicts(block)
	err := file.Put(block, false)
	var invalid awsconfig.InvalidError
	if len(conflicts) > 0 || errors.As(err, &invalid) {
		require.Equal(t, before, string(file.Bytes()))
		return false
	}
	require.NoError(t, err)
	return true
}

func requireReversible(t *testing.T, text string, one, two awsconfig.Block) {
	t.Helper()
	first := put(t, text, one)
	require.True(t, strings.HasPrefix(first, text))
	require.Equal(t, first, put(t, first, one))
	require.Equal(t, text, remove(t, first, one.Owner))
	fewer := awsconfig.Block{Owner: one.Owner, Profiles: one.Profiles[1:]}
	require.Equal(t, text, remove(t, put(t, first, fewer), one.Owner))
	both := put(t, first, two)
	require.Equal(t, both, put(t, both, one))
	require.Equal(t, text, remove(t, remove(t, both, one.Owner), two.Owner))
	require.Equal(t, text, remove(t, remove(t, both, two.Owner), one.Owner))
	require.Equal(t, one.Profiles, parse(t, both).Profiles(one.Owner))
}

// TestSequencesOfEdits: several stacks come, change and go while people edit the
// file around them. When all are gone, what people wrote is there, byte for byte.
// A line end that a block needed stays only if somebody wrote behind the block.
func TestSequencesOfEdits(t *testing.T) {
	t.Parallel()
	owners := []string{"stack a", "stack b", "stack c"}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(foreignTexts()).Draw(t, "original")
		people := text // what people wrote
		for step := range rapid.IntRange(1, 12).Draw(t, "steps") {
			file := mustParse(t, text)
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0, 1:
				owner := rapid.SampledFrom(owners).Draw(t, "owner")
				names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 3, rapid.ID[string]).Draw(t, "profiles")
				block := awsconfig.Block{Owner: owner}
				for _, name := range names {
					block.Profiles = append(block.Profiles, roleProfile(owner[6:]+"-"+name))
				}
				require.NoError(t, file.Put(block, false))
				once := string(file.Bytes())
				require.NoError(t, file.Put(block, false))
				require.Equal(t, once, string(file.Bytes()))
				text = once
			case 2:
				_, err := file.Remove(rapid.SampledFrom(owners).Draw(t, "removed"), false)
				require.NoError(t, err)
				text = string(file.Bytes())
			case 3: // at the beginning
				added := fmt.Sprintf("[profile before-%d]\nregion = x\n", step)
				text, people = added+text, added+people
			case 4: // at the end
				added := fmt.Sprintf("# %d\n[profile after-%d]\nregion = x", step, step)
				text, people = appended(text, people, added)
			}
			mustParse(t, text)
		}
		for _, owner := range rapid.Permutation(owners).Draw(t, "order") {
			file := mustParse(t, text)
			_, err := file.Remove(owner, false)
			require.NoError(t, err)
			text = string(file.Bytes())
		}
		require.Equal(t, people, text)
	})
}

// blocksAtTheEnd are blocks with nothing behind them, and the line end before
// them.
var blocksAtTheEnd = regexp.MustCompile(
	`(\r?\n)(?:# >>> awsmfa[^\n]*\n(?:[^#\n][^\n]*\n|\n)*# <<< awsmfa[^\n]*\n)+$`)

// appended is a person's edit at the end of the file: behind a block it comes
// after the line end that the block needed, which is the person's from now on.
func appended(text, people, added string) (string, string) {
	found := blocksAtTheEnd.FindStringSubmatch(text)
	if found != nil && people != "" && !strings.HasSuffix(people, "\n") {
		people += found[1]
	}
	return text + added, people + added
}

func mustParse(t require.TestingT, text string) *awsconfig.File {
	file, err := awsconfig.Parse([]byte(text))
	require.NoError(t, err)
	require.Equal(t, text, string(file.Bytes()))
	return file
}

func foreignTexts() []string {
	return []string{
		"", "\n", "[default]", "[default]\n", "[default]\nregion = us-east-1", "[default]\r\nregion = us-east-1\r\n",
		"[default]\r\nregion = us-east-1", "# only\n\n\n", "[profile other]\ns3 =\n  a = b",
	}
}
