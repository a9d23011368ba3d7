package stackconfig_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
)

// inDir is a project acme with a stack dev: what stands below config in its files.
func inDir(t *testing.T, project, stack string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Pulumi.yaml"), "name: acme\nruntime: go\nconfig: {"+project+"}\n")
	write(t, filepath.Join(dir, "Pulumi.dev.yaml"), "config: {"+stack+"}\n")
	return dir
}

// lines are the problems, one on each line.
func lines(problems []stackconfig.Problem) string {
	var text []string
	for _, problem := range problems {
		text = append(text, problem.String())
	}
	return strings.Join(text, "\n")
}

func asError(problems []stackconfig.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return errors.New(lines(problems))
}

// TestProblemsNameWhatToDo pins the words for what cannot be read or deployed.
func TestProblemsNameWhatToDo(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct{ project, stack, own, refused string }{
		"nothing": {stack: "a: b"},
		"a secret": {
			stack: `roles: {a.b: {x: [{secure: c}]}}, d: {secure: e}, other:x: {secure: f}`,
			own: "acme:d: it is a Pulumi secret, encrypted in STACKFILE, and cannot be read without Pulumi; if whoever reads that file " +
				"may read it, put there in its place what this prints: pulumi config get --stack dev --path 'acme:d'\n" +
				`acme:roles["a.b"].x[0]: it is a Pulumi secret, encrypted in STACKFILE, and cannot be read without Pulumi; if whoever ` +
				"reads that file may read it, put there in its place what this prints: " +
				`pulumi config get --stack dev --path 'acme:roles["a.b"].x[0]'`,
		},
		"two spellings": {
			stack: "acme:enforce: true, enforce: false",
			own:   "acme:enforce: STACKFILE has it as acme:enforce and enforce, and Pulumi takes one of them by chance; keep one of them",
		},
		"a path is declared": {
			project: "a.b: {default: c}, 'aws:d[0]': {value: e}", stack: "a: {x: y}",
			own: "acme:a: PROJECTFILE declares acme:a.b, a path into it, which is not understood here; declare acme:a as a whole",
		},
		"missing": {
			project: "a: {type: object}, 'b c': {description: d}",
			refused: "acme:a: it is not set, and PROJECTFILE declares it without a default; set it in STACKFILE\n" +
				`acme:["b c"]: it is not set, and PROJECTFILE declares it without a default; set it in STACKFILE`,
		},
		"types": {
			project: "a: {type: boolean}, b: {type: array, items: {type: string}}, c: {type: object}, d: {type: string, secret: true}",
			stack:   `a: no, b: [1], c: '{"a": "` + strings.Repeat("é", 40) + `"}', d: e`,
			refused: `acme:a: "no": it must be of type boolean, as PROJECTFILE declares it; write true or false` + "\n" +
				`acme:b: "[1]": it must be of type array<string>, as PROJECTFILE declares it; write a YAML list, each item a text` + "\n" +
				`acme:c: "{\"a\": \"` + strings.Repeat("é", 26) + `…": it must be of type object, as PROJECTFILE declares it; write a YAML mapping` + "\n" +
				"acme:d: PROJECTFILE declares it secret, and it is not encrypted; take secret: true away there, or set it with pulumi config set --secret",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := inDir(t, one.project, one.stack)
			config, err := stackconfig.Read(dir, "dev")
			require.NoError(t, err)
			named := strings.NewReplacer("PROJECTFILE", filepath.Join(dir, "Pulumi.yaml"), "STACKFILE", filepath.Join(dir, "Pulumi.dev.yaml"))
			require.Equal(t, named.Replace(one.refused), lines(config.Refused))
			_, problems := config.Own()
			require.Equal(t, named.Replace(one.own), lines(problems))
		})
	}
}

// TestReadThisProject reads what is in this repository.
func TestReadThisProject(t *testing.T) {
	t.Parallel()
	for _, stack := range []string{"dev", "prod"} {
		config, err := stackconfig.Read("../..", stack)
		require.NoError(t, err)
		require.Equal(t, filepath.Join("..", "..", "Pulumi."+stack+".yaml"), config.File)
		require.Empty(t, config.Refused)
		own, problems := config.Own()
		require.Empty(t, problems)
		require.Equal(t, "true", own["enforce"])
		require.Equal(t, "self-service", own["enrolment"], "a default")
		require.Equal(t, "eu-west-1", config.Values["aws:region"].Text)
	}
}

// TestProjectNameWithPeriod: its periods are none of a path.
func TestProjectNameWithPeriod(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Pulumi.yaml"), "name: acme.inc\nconfig: {a: x, b.c: y}\n")
	write(t, filepath.Join(dir, "Pulumi.dev.yaml"), "")
	config, err := stackconfig.Read(dir, "dev")
	require.NoError(t, err)
	text, _, _ := config.Lookup("acme.inc:a")
	require.Equal(t, "x", text)
	_, _, problems := config.Lookup("acme.inc:b")
	require.Contains(t, lines(problems), "declares acme.inc:b.c, a path into it")
}

func TestLookup(t *testing.T) {
	t.Parallel()
	config, err := stackconfig.Read(inDir(t, "aws:region: eu-west-1, a: b", "other:x: {secure: y}, c: 1"), "dev")
	require.NoError(t, err)
	text, ok, problems := config.Lookup("aws:region")
	require.Empty(t, problems)
	require.True(t, ok)
	require.Equal(t, "eu-west-1", text)
	_, ok, problems = config.Lookup("aws:profile")
	require.Empty(t, problems)
	require.False(t, ok)
	_, ok, problems = config.Lookup("other:x")
	require.Contains(t, lines(problems), "other:x: it is a Pulumi secret")
	require.True(t, ok)
	own, problems := config.Own()
	require.Empty(t, problems, "a secret of another namespace")
	require.Equal(t, map[string]string{"a": "b", "c": "1"}, own)
}

// TestEnvironmentMaySetWhatTheStackDoesNot: a text or a list of the stack file
// wins over an ESC environment, objects are merged.
func TestEnvironmentMaySetWhatTheStackDoesNot(t *testing.T) {
	t.Parallel()
	dir := inDir(t, "default: x, must: {type: string}", "")
	write(t, filepath.Join(dir, "Pulumi.dev.yaml"), "environment: [base]\nconfig: {text: '{', list: [1], object: {x: y}, none: }\n")
	config, err := stackconfig.Read(dir, "dev")
	require.NoError(t, err)
	require.Empty(t, config.Refused, "the environment may set it")
	for key, want := range map[string]string{"text": "{", "list": "[1]", "none": ""} {
		text, ok, problems := config.Lookup("acme:" + key)
		require.Empty(t, problems)
		require.True(t, ok)
		require.Equal(t, want, text)
	}
	for _, key := range []string{"object", "default", "must", "unset"} {
		_, _, problems := config.Lookup("acme:" + key)
		require.Equal(t, "environment: "+filepath.Join(dir, "Pulumi.dev.yaml")+" imports Pulumi ESC environments, which "+
			"cannot be read without Pulumi Cloud, and they may set acme:"+key+"; write what they set under config of that file, "+
			"and take environment out of it", lines(problems), key)
	}
	_, problems := config.Own()
	require.Contains(t, lines(problems), "may set any key of acme; ")
}

func TestStackNames(t *testing.T) {
	t.Parallel()
	dir := inDir(t, "", "a: b")
	project, err := stackconfig.OpenProject(dir)
	require.NoError(t, err)
	for _, name := range []string{"dev", "organization/dev", "acme-inc/dev", "acme-inc/acme/dev"} {
		path, err := project.StackFile(name)
		require.NoError(t, err, name)
		require.Equal(t, filepath.Join(dir, "Pulumi.dev.yaml"), path)
		config, err := project.Config(name)
		require.NoError(t, err)
		require.Equal(t, "dev", config.Stack)
	}
	for _, name := range []string{"", "a/b/acme/dev", "dev/", "d v", "../dev/..?", strings.Repeat("a", 101)} {
		_, err := project.StackFile(name)
		require.ErrorContains(t, err, "expected stack, organization/stack or organization/project/stack", name)
	}
	_, err = project.Config("me/other/dev")
	require.EqualError(t, err, `stack "me/other/dev" is one of project other, and this project is acme (`+project.File+
		`): write me/acme/dev, or name the directory of the other project with --project`)
}

func TestStacks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Pulumi.yml"), "name: acme\nruntime: go\nstackConfigDir: stacks\n")
	project, err := stackconfig.OpenProject(dir)
	require.NoError(t, err)
	names, err := project.Stacks()
	require.NoError(t, err, "there is no directory yet")
	require.Empty(t, names)
	path, err := project.StackFile("prod")
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "stacks", "Pulumi.prod.yml"), path)
	_, err = project.Config("prod")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.EqualError(t, err, "there is no stack file "+path+" (there is none yet): name another stack, write the file, "+
		"or have awsmfa init write it: open "+path+": no such file or directory")

	for _, name := range []string{"prod.yml", "a.b.yml", "dev.yaml", "dev.yml~", "d v.yml", "folder.yml/x"} {
		write(t, filepath.Join(dir, "stacks", "Pulumi."+name), "")
	}
	write(t, filepath.Join(dir, "stacks", "Pulumi.yml"), "")
	names, err = project.Stacks()
	require.NoError(t, err)
	require.Equal(t, []string{"a.b", "prod"}, names)
	_, err = project.Config("prdo")
	require.ErrorContains(t, err, "(the project has a.b, prod)")
}

// TestProjectAbove finds the project of a directory inside of it, as Pulumi does.
func TestProjectAbove(t *testing.T) {
	t.Parallel()
	dir := inDir(t, "", "a: b")
	below := filepath.Join(dir, "docs", "more")
	write(t, filepath.Join(below, "Pulumi.dev.yaml"), "config: {a: c}\n")
	config, err := stackconfig.Read(below, "dev")
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "Pulumi.dev.yaml"), config.File)
	require.Equal(t, "b", config.Values["acme:a"].Text)
	_, err = stackconfig.OpenProject(t.TempDir())
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "name the project's directory with --project")
}

// TestFilesAreOpenedOnce reads from pipes, which give their text once.
func TestFilesAreOpenedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"Pulumi.yaml": "name: acme\n", "Pulumi.dev.yaml": "config: {a: b}\n"} {
		path := filepath.Join(dir, name)
		require.NoError(t, syscall.Mkfifo(path, 0o600))
		go write(t, path, text)
	}
	config, err := stackconfig.Read(dir, "dev")
	require.NoError(t, err)
	require.Equal(t, "b", config.Values["acme:a"].Text)
}
