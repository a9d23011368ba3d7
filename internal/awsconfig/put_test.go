package awsconfig_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

const (
	devOwner  = "stack aws-cli-mfa/dev, account 111122223333"
	prodOwner = "stack aws-cli-mfa/prod, account 444455556666"
)

func roleProfile(name string) awsconfig.Profile {
	return awsconfig.Profile{Name: name, Settings: []awsconfig.Setting{
		{Key: "role_arn", Value: "arn:aws:iam::111122223333:role/" + name},
		{Key: "source_profile", Value: "default"},
		{Key: "mfa_serial", Value: "arn:aws:iam::111122223333:mfa/jane"},
		{Key: "region", Value: "eu-west-1"},
	}}
}

func devBlock() awsconfig.Block {
	return awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{
		roleProfile("dev-power-user"),
		{Name: "dev-power-user-sdk", Settings: []awsconfig.Setting{
			{Key: "credential_process", Value: "awsmfa credentials --profile dev-power-user"},
			{Key: "region", Value: "eu-west-1"},
		}},
	}}
}

func prodBlock() awsconfig.Block {
	return awsconfig.Block{Owner: prodOwner, Profiles: []awsconfig.Profile{roleProfile("prod-read-only")}}
}

func parse(t testing.TB, text string) *awsconfig.File {
	t.Helper()
	file, err := awsconfig.Parse([]byte(text))
	require.NoError(t, err)
	require.Equal(t, text, string(file.Bytes()), "Parse loses nothing")
	return file
}

func put(t testing.TB, text string, block awsconfig.Block) string {
	t.Helper()
	file := parse(t, text)
	require.NoError(t, file.Put(block, false))
	return string(file.Bytes())
}

func remove(t testing.TB, text, owner string) string {
	t.Helper()
	file := parse(t, text)
	_, err := file.Remove(owner, false)
	require.NoError(t, err)
	return string(file.Bytes())
}

func TestBlockLooksLikeThis(t *testing.T) {
	t.Parallel()
	const golden = "testdata/block.golden"
	text := put(t, put(t, "[default]\nregion = us-east-1", devBlock()), prodBlock())
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(text), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), text)
}

// TestCorpusSurvives holds, for every file of the corpus: what stands between
// the blocks keeps its bytes, putting twice is putting once, and removing gives
// the file that was there.
func TestCorpusSurvives(t *testing.T) {
	t.Parallel()
	for name, original := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := string(original)
			requireReversible(t, text, devBlock(), prodBlock())
			one := put(t, text, devBlock())
			requireOnlyOurs(t, text, one)
			require.Equal(t, one, put(t, put(t, one, awsconfig.Block{Owner: devOwner}), devBlock()), "no profiles: no block")
			if !strings.HasSuffix(text, "\r") { // with the line end that is added it gets its first CRLF
				both := put(t, one, prodBlock())
				require.Equal(t, put(t, text, prodBlock()), remove(t, both, devOwner), "as if dev had never been there")
			}
		})
	}
}

// requireOnlyOurs holds that what was added is a line end, if there was none,
// and a block.
func requireOnlyOurs(t *testing.T, before, after string) {
	t.Helper()
	added := strings.TrimPrefix(after, before)
	newline := "\n"
	if first, _, found := strings.Cut(before, "\n"); found && strings.HasSuffix(first, "\r") {
		newline = "\r\n"
	}
	if before != "" && !strings.HasSuffix(before, "\n") {
		require.True(t, strings.HasPrefix(added, newline))
		added = strings.TrimPrefix(added, newline)
	}
	require.True(t, strings.HasPrefix(added, "# >>> awsmfa onboard, "+devOwner))
	require.True(t, strings.HasSuffix(added, "\n# <<< awsmfa onboard, "+devOwner+" <<<"+newline))
	require.Equal(t, strings.Count(added, "\n"), strings.Count(added, newline), "one kind of line end")
	require.Equal(t, 1, strings.Count(added, "# <<<"))
}

// TestLineEndOfAnEndMarkerIsLost: somebody's editor took the line end of our
// last line away. The line that Put adds for the next block is no line end of
// the text before both.
func TestLineEndOfAnEndMarkerIsLost(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"[default]\n", "[default]", ""} {
		both := put(t, strings.TrimSuffix(put(t, text, devBlock()), "\n"), prodBlock())
		require.Equal(t, text, remove(t, remove(t, both, prodOwner), devOwner))
		require.Equal(t, text, remove(t, remove(t, both, devOwner), prodOwner))
	}
}

func TestPutKeepsWhatOthersWroteIntoOurProfiles(t *testing.T) {
	t.Parallel()
	before, err := os.ReadFile("testdata/kept-before.conf")
	require.NoError(t, err)
	want, err := os.ReadFile("testdata/kept-after.conf")
	require.NoError(t, err)
	text := put(t, string(before), devBlock())
	require.Equal(t, string(want), text)
	require.Equal(t, text, put(t, text, devBlock()))
}

func TestPutKeepsIndentation(t *testing.T) {
	t.Parallel()
	before := strings.Replace(put(t, "", awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{{Name: "a"}}}),
		"[profile a]\n", "[profile a]\n  region = us-east-1\n  output = json\n", 1)
	text := put(t, before, awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{roleProfile("a")}})
	require.Contains(t, text, "\n  region = eu-west-1\n  role_arn = arn:aws:iam::111122223333:role/a\n"+
		"  source_profile = default\n  mfa_serial = arn:aws:iam::111122223333:mfa/jane\n  output = json\n\n")
}

func TestForeignLinesAreNotDeleted(t *testing.T) {
	t.Parallel()
	const secret = "wJalrXUtnFEMI"
	text := put(t, "[default]\n", devBlock())
	edit := func(old, added string) string { return strings.Replace(text, old, old+added, 1) }
	sdk := "[profile dev-power-user-sdk]\n"
	for name, test := range map[string]struct{ text, want string }{
		"a key":                          {edit(sdk, "aws_secret_access_key = "+secret+"\n"), "aws_secret_access_key in profile dev-power-user-sdk (line 10)"},
		"a comment":                      {edit(sdk, "# "+secret+"\n"), "a comment in profile dev-power-user-sdk (line 10)"},
		"no setting":                     {edit(sdk, secret+"\n"), "a line in profile dev-power-user-sdk (line 10)"},
		"a secret before an equals sign": {edit(sdk, secret+"/K7MDENG=\n"), "a line in profile dev-power-user-sdk (line 10)"},
		"settings below a setting": {
			edit(sdk, "s3 =\n  token = "+secret+"\n"),
			"s3 in profile dev-power-user-sdk (line 10), a line that continues s3 in profile dev-power-user-sdk (line 11)",
		},
		"behind the end marker": {
			text + "output = json\n\ncli_pager = " + secret + "\n# not ours\n[profile next]\n",
			"output in profile dev-power-user-sdk (line 14), cli_pager in profile dev-power-user-sdk (line 16)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fewer := devBlock()
			fewer.Profiles = fewer.Profiles[:1]
			file := parse(t, test.text)
			_, removeErr := file.Remove(devOwner, false)
			for _, err := range []error{removeErr, file.Put(fewer, false)} {
				require.EqualError(t, err, "the profiles of "+devOwner+" hold lines that awsmfa did not write and would delete: "+
					test.want+"; move them elsewhere, or delete them too with --force")
			}
			require.Equal(t, test.text, string(file.Bytes()), "an error changes nothing")

			removed, err := file.Remove(devOwner, true)
			require.NoError(t, err)
			require.Equal(t, []string{"dev-power-user", "dev-power-user-sdk"}, removed)
			require.NotContains(t, string(file.Bytes()), secret)
			require.True(t, strings.HasPrefix(string(file.Bytes()), "[default]\n"))

			file = parse(t, test.text)
			require.NoError(t, file.Put(fewer, true))
			require.Equal(t, "dev-power-user", file.Profiles(devOwner)[0].Name)
			require.NotContains(t, string(file.Bytes()), secret)
		})
	}
}

func TestOtherSectionsAndLinesInABlock(t *testing.T) {
	t.Parallel()
	text := put(t, "", devBlock())
	text = strings.Replace(text, "[profile dev-power-user]\n", "# first\n[services x]\n\n[profile dev-power-user]\n", 1)
	file := parse(t, text)
	_, err := file.Remove(devOwner, false)
	require.ErrorContains(t, err, "delete: a comment (line 2), another section (line 3); ")
	require.NoError(t, file.Put(devBlock(), false), "they are in nobody's way")
	require.Contains(t, string(file.Bytes()), "# first\n[profile dev-power-user]\n")
	require.Contains(t, string(file.Bytes()), "\n\n[services x]\n\n# <<<")
	_, err = file.Remove(devOwner, true)
	require.NoError(t, err)
	require.Empty(t, file.Bytes())
}

// TestALineThatWouldChangeItsMeaning: an indented line continues the setting
// above it. Where that one goes, it would continue another one.
func TestALineThatWouldChangeItsMeaning(t *testing.T) {
	t.Parallel()
	block := awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{roleProfile("a")}}
	text := strings.Replace(put(t, "", block), "region = eu-west-1\n", "region = eu-west-1\nrole_session_name = x\n  more\n", 1)
	file := parse(t, text)
	require.ErrorContains(t, file.Put(block, false), "delete: a line that continues role_session_name in profile a (line 8); ")
	require.Equal(t, text, string(file.Bytes()))
	require.NoError(t, file.Put(block, true))
	require.Equal(t, put(t, "", block), string(file.Bytes()))
}

// TestSettingsBehindTheBlockMoveIntoIt: to every tool they belong to the last
// profile of the block, and would belong to the next one if Put added one.
func TestSettingsBehindTheBlockMoveIntoIt(t *testing.T) {
	t.Parallel()
	block := awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{roleProfile("a")}}
	text := put(t, "", block) + "output = json\n# a comment\ncli_pager = less\n\n# about the next\n[profile next]\n"
	block.Profiles = append(block.Profiles, roleProfile("b"))
	text = put(t, text, block)
	require.Contains(t, text, "region = eu-west-1\n\noutput = json\n# a comment\ncli_pager = less\n\n[profile b]\n")
	require.True(t, strings.HasSuffix(text, " <<<\n\n# about the next\n[profile next]\n"))
	require.Equal(t, text, put(t, text, block))

	bare := put(t, put(t, "", prodBlock())+"output = json", prodBlock())
	require.Contains(t, bare, "\n\noutput = json\n\n# <<<", "the line gets the line end it needs")

	junk := put(t, put(t, "", prodBlock())+"no setting\n", prodBlock())
	require.Contains(t, junk, "\n\nno setting\n\n# <<<")
}

func TestOwnersAndProfiles(t *testing.T) {
	t.Parallel()
	file := parse(t, put(t, put(t, "[profile mine]\n", devBlock()), prodBlock()))
	require.Equal(t, []string{devOwner, prodOwner}, file.Owners())
	require.Equal(t, devBlock().Profiles, file.Profiles(devOwner))
	require.Equal(t, prodBlock().Profiles, file.Profiles(prodOwner))
	require.Empty(t, file.Profiles("stack other"))
	removed, err := file.Remove("stack other", false)
	require.NoError(t, err)
	require.Empty(t, removed)
}

func TestProfileNames(t *testing.T) {
	t.Parallel()
	file := parse(t, put(t, "[default]\n[profile \"my dev\"]\n[profile a]\n[services b]\n[c]\n[profile a]\n  [profile in]\n", devBlock()))
	require.Equal(t, []string{"default", "my dev", "a", "in", "dev-power-user", "dev-power-user-sdk"}, file.ProfileNames())
}

// TestLineEndsChangedUnderUs: somebody turned one line end, the one we added,
// from CRLF into LF. It goes all the same.
func TestLineEndsChangedUnderUs(t *testing.T) {
	t.Parallel()
	text := put(t, "[default]\r\na = b", devBlock())
	require.Equal(t, "[default]\r\na = b", remove(t, strings.Replace(text, "b\r\n", "b\n", 1), devOwner))
	allLF := strings.ReplaceAll(text, "\r\n", "\n")
	require.Equal(t, "[default]\na = b", remove(t, allLF, devOwner), "aws configure set writes the whole file like this")
	allCRLF := strings.ReplaceAll(allLF, "\n", "\r\n")
	require.Equal(t, "[default]\r\na = b", remove(t, allCRLF, devOwner))
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	block := put(t, "", devBlock())
	begin, _, _ := strings.Cut(block, "\n")
	const end = "# <<< awsmfa onboard, " + devOwner + " <<<"
	for name, test := range map[string]struct {
		text string
		line int
		want string
	}{
		"no end":                  {"[default]\n" + begin + "\n[profile a]\n", 2, "has no end"},
		"no beginning":            {"[default]\n\n" + end, 3, "has no beginning"},
		"nested":                  {begin + "\n" + begin + "\n" + end + "\n" + end + "\n", 2, "inside the one that begins in line 1"},
		"the end of another":      {begin + "\n# <<< awsmfa onboard, stack x <<<\n", 2, "stands in the block of"},
		"twice":                   {block + "\n" + block, 14, "two blocks"},
		"indented":                {"  " + begin + "\n", 1, "has been changed"},
		"begin marker was edited": {"# >>> awsmfa onboard, stack dev >>>\n" + end + "\n", 1, "has been changed"},
		"unknown note":            {strings.Replace(begin, ")", ", something)", 1) + "\n" + end + "\n", 1, "has been changed"},
		"begin is the last line":  {begin, 1, "has been changed"},
		"UTF-16, little-endian":   {"\xff\xfe[\x00d\x00", 1, "save it as UTF-8"},
		"UTF-16, big-endian":      {"\xfe\xff\x00[", 1, "save it as UTF-8"},
		"a byte order mark":       {"\ufeff[default]\n", 1, "without a byte order mark"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := awsconfig.Parse([]byte(test.text))
			require.ErrorContains(t, err, fmt.Sprintf("line %d: ", test.line))
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "nothing was changed")
		})
	}
}

func TestInvalidBlocks(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	setting := func(key, value string) awsconfig.Block {
		return awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{
			{Name: "a", Settings: []awsconfig.Setting{{Key: key, Value: value}}},
		}}
	}
	named := func(name string) awsconfig.Block {
		return awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{{Name: name}}}
	}
	for name, test := range map[string]struct {
		block awsconfig.Block
		want  string
	}{
		"owner with a colon":       {awsconfig.Block{Owner: "stack: dev"}, "must have none of"},
		"owner with a bracket":     {awsconfig.Block{Owner: "stack (dev)"}, "must have none of"},
		"no owner":                 {awsconfig.Block{}, "owner"},
		"owner with a line break":  {awsconfig.Block{Owner: "a\nb"}, "printable"},
		"owner with outer space":   {awsconfig.Block{Owner: " a"}, "space around"},
		"no name":                  {named(""), "the name is empty"},
		"name with a space":        {named("my dev"), "has a space"},
		"name with a no-break":     {named("my\u00a0dev"), "cannot be printed"},
		"name with a bracket":      {named("a]"), "in it"},
		"name with a quote":        {named(`a"`), "in it"},
		"name with a backslash":    {named(`a\b`), "in it"},
		"name with a hash":         {named("a#b"), "in it"},
		"name with a line break":   {named("a\nb"), "cannot be printed"},
		"name not in UTF-8":        {named("a\xff"), "cannot be printed"},
		"the same name twice":      {awsconfig.Block{Owner: "o", Profiles: []awsconfig.Profile{{Name: "a"}, {Name: "a"}}}, "two profiles"},
		"key we do not manage":     {setting("output", secret), "no such key"},
		"key in upper case":        {setting("REGION", secret), "no such key"},
		"empty value":              {setting("region", ""), "empty"},
		"value with a line break":  {setting("region", secret+"\nrole_arn = x"), "line break"},
		"value with a tab":         {setting("region", secret+"\tx"), "cannot be printed"},
		"value with a null":        {setting("region", secret+"\x00"), "cannot be printed"},
		"value with outer space":   {setting("region", secret+" "), "space around"},
		"value with a comment":     {setting("region", secret+" # x"), "begins a comment"},
		"value with a semicolon":   {setting("region", secret+" ;x"), "begins a comment"},
		"value in quotes":          {setting("region", `"`+secret+` x" "y z"`), "a quote"},
		"value in single quotes":   {setting("region", `'`+secret+`'`), "a quote"},
		"value that is one quote":  {setting("region", `"`), "a quote"},
		"value that is not UTF-8":  {setting("region", secret+"\xff"), "cannot be printed"},
		"the same key twice":       {twice("region"), "twice"},
		"value with right to left": {setting("region", secret+"\u202e"), "cannot be printed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := parse(t, "[default]")
			err := file.Put(test.block, true)
			var invalid awsconfig.InvalidError
			require.ErrorAs(t, err, &invalid)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), secret)
			require.Equal(t, "[default]", string(file.Bytes()))
		})
	}
}

func twice(key string) awsconfig.Block {
	return awsconfig.Block{Owner: devOwner, Profiles: []awsconfig.Profile{
		{Name: "a", Settings: []awsconfig.Setting{{Key: key, Value: "x"}, {Key: key, Value: "x"}}},
	}}
}

func TestCredentialsNames(t *testing.T) {
	t.Parallel()
	file := parse(t, "[default]\naws_access_key_id = a\n[in]\n[my key] # a\n[work]\n[work]\n[]\n")
	require.Equal(t, []string{"default", "in", "my key", "work"}, file.CredentialsNames())
}
