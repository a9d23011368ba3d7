package awsconfig_test

import (
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
	for header, test := range map[string]struct {
		name     string
		conflict bool
	}{
		"[profile x]":                     {"x", true},
		"[ profile  x ]":                  {"x", true},
		"[profile\tx]":                    {"x", true},
		`[profile "x"]`:                   {"x", true},
		"[profile 'x']":                   {"x", true},
		`[profile x""]`:                   {"x", true},
		`[profile \x]`:                    {"x", true},
		"[profile x] # comment":           {"x", true},
		"[profile x];comment":             {"x", true},
		"[profile x] # [y]":               {"x", true},
		"[profile x] trailing":            {"x", true},
		"    [profile x]":                 {"x", true},
		"a = b\n  [profile x]":            {"x", true},
		"a = b\r[profile x]":              {"x", true},
		"\ufeff[profile x]":               {"x", true},
		"[profile x]\r":                   {"x", true},
		"\x1c[profile\x1fx]":              {"x", true},
		"[services  x] # x":               {"x", false},
		"[Profile x]":                     {"x", true},
		"[profiles x]":                    {"x", true},
		"\u00a0[profile\u00a0x]":          {"x", true},
		"[x]":                             {"x", true},
		"[default]":                       {"default", true},
		"[profile default]":               {"default", true},
		"[DEFAULT]":                       {"default", true},
		`["default"]`:                     {"default", true},
		"[profile X]":                     {"x", false},
		"[profile xx]":                    {"x", false},
		"[profile x y]":                   {"x", false},
		"#[profile x]":                    {"x", false},
		" ; [profile x]":                  {"x", false},
		"[sso-session x]":                 {"x", false},
		"[services x]":                    {"x", false},
		"[plugins]":                       {"plugins", false},
		"[preview]":                       {"preview", false},
		"[profile plugins]":               {"plugins", true},
		"profile x":                       {"x", false},
		"[profile x":                      {"x", false},
		"a = [profile x]":                 {"x", false},
		"[granted_registry_start x]":      {"x", false},
		"[]":                              {"x", false},
		"[profile]":                       {"profile", true},
		"[profile default-region]":        {"default", false},
		"[default] # [profile x]":         {"y", false},
		"[profile münchen]":               {"münchen", true},
		"[profile 111122223333:Dev.x/y@]": {"111122223333:Dev.x/y@", true},
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			text := "# first\n" + header + "\nregion = secret\n"
			if strings.HasPrefix(header, "\ufeff") {
				text = header + "\n"
			}
			file := parse(t, text)
			require.Equal(t, test.conflict, file.Has(test.name))
			err := file.Put(block(test.name), false)
			if !test.conflict {
				require.NoError(t, err)
				return
			}
			var conflict *awsconfig.ConflictError
			require.ErrorAs(t, err, &conflict)
			require.Equal(t, test.name, conflict.Conflicts[0].Profile)
			require.NotContains(t, err.Error(), "secret")
			require.Equal(t, text, string(file.Bytes()), "an error changes nothing")

			require.NoError(t, file.Put(block(test.name), true))
			require.NoError(t, parse(t, string(file.Bytes())).Put(block(test.name), false), "the section in the way is gone")
			require.NotContains(t, string(file.Bytes()), "secret")
		})
	}
}

func TestConflictErrorNamesEverySection(t *testing.T) {
	t.Parallel()
	file := parse(t, put(t, "[profile dev-power-user]\n\n[profile a]\n[profile 'dev-power-user']\n", prodBlock()))
	block := devBlock()
	block.Profiles = append(block.Profiles, roleProfile("prod-read-only"))
	err := file.Put(block, false)
	var conflict *awsconfig.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, []awsconfig.Conflict{
		{Profile: "dev-power-user", Line: 1},
		{Profile: "dev-power-user", Line: 4},
		{Profile: "prod-read-only", Line: 6, Owner: prodOwner},
	}, conflict.Conflicts)
	for _, want := range []string{"line 4 (not written by awsmfa)", "line 6 (written for " + prodOwner + ")", "--force", "rename"} {
		require.ErrorContains(t, err, want)
	}
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
	var conflict *awsconfig.ConflictError
	require.ErrorAs(t, file.Put(devBlock(), false), &conflict)
	require.Equal(t, []awsconfig.Conflict{{Profile: "dev-power-user", Line: 12, Owner: devOwner}}, conflict.Conflicts)
	require.NoError(t, file.Put(devBlock(), true))
	require.Equal(t, put(t, "", devBlock()), string(file.Bytes()))
}
