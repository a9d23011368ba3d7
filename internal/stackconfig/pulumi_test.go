package stackconfig_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
)

// refusal is who refuses the files of a case.
type refusal int

const (
	nobody   refusal = iota
	atDeploy         // pulumi up, but pulumi config shows them
	always           // pulumi config, too
)

// filesCase are a project's files. In names and texts STACK stands for the stack's name.
type filesCase struct {
	name    string
	project string            // Pulumi.yaml, whose first line is written
	stack   string            // Pulumi.STACK.yaml
	files   map[string]string // in place of both
	as      string            // how the stack is named; STACK unless it says
	refused refusal
	want    map[string]string // some of the values; the CLI is asked for all
}

func (c filesCase) written(stack string) map[string]string {
	files := c.files
	if files == nil {
		files = map[string]string{"Pulumi.yaml": "name: acme\nruntime: go\n" + c.project, "Pulumi.STACK.yaml": c.stack}
	}
	named := map[string]string{}
	for name, text := range files {
		named[strings.ReplaceAll(name, "STACK", stack)] = strings.ReplaceAll(text, "STACK", stack)
	}
	return named
}

// asksProgram is whether the case is one to deploy. The values of a stack file
// reach a program as pulumi config shows them; a few such cases do.
func (c filesCase) asksProgram() bool {
	return c.refused == atDeploy || c.refused == nobody && (c.project != "" || strings.HasPrefix(c.name, "row "))
}

// project is the project as this repository has it, under another name.
const project = `
config:
  roles: {type: object}
  enforce: {type: boolean, default: true}
  acme:prefix: {type: string, default: ""}
  actions: {type: array, items: {type: string}, default: []}
  quota: {type: integer, default: 2048}
`

// files are the cases, each of which the real CLI is asked about.
func files() []filesCase {
	stackOf := func(config string) string { return "config:\n  " + strings.ReplaceAll(config, "\n", "\n  ") + "\n" }
	own := func(name, config string, want map[string]string) filesCase {
		return filesCase{name: name, stack: stackOf(config), want: want}
	}
	refused := func(by refusal, one filesCase) filesCase { one.refused = by; return one }
	inProject := func(name, config, stack string, want map[string]string) filesCase {
		one := filesCase{name: name, project: "config:\n  " + config + "\n", want: want}
		if stack != "" {
			one.stack = stackOf(stack)
		}
		return one
	}
	return []filesCase{
		// the report's rows 1 to 7
		{name: "row 1: enforce without a namespace", project: project, stack: stackOf("enforce: false\nroles: {a: {}}"), want: map[string]string{"acme:enforce": "false"}},
		inProject("row 2: a default in the project", "acme:enforce: {type: boolean, default: false}", "", map[string]string{"acme:enforce": "false"}),
		inProject("row 3: roles as a default in the project", "roles: {type: object, default: {dev: {policies: [A]}}}", "", map[string]string{"acme:roles": `{"dev":{"policies":["A"]}}`}),
		own("row 3: roles without a namespace", "roles: {dev: {policies: [A]}}", map[string]string{"acme:roles": `{"dev":{"policies":["A"]}}`}),
		refused(atDeploy, own("row 4: a secret in an object", "acme:roles: {dev: {description: {secure: v1:abc}}}", nil)),
		refused(atDeploy, filesCase{name: "row 5: JSON text for an object", project: project, stack: stackOf(`roles: '{"a":{}}'`)}),
		own("row 5: JSON text where nothing is declared", `roles: '{"a":{}}'`, map[string]string{"acme:roles": `{"a":{}}`}),
		own("row 6: the project's name is the namespace", "acme:roles: {a: {}}\naws-cli-mfa:roles: {b: {}}", map[string]string{"acme:roles": `{"a":{}}`}),
		{name: "row 7: organization/project/stack", stack: stackOf("a: b"), as: "organization/acme/STACK", want: map[string]string{"acme:a": "b"}},
		{name: "row 7: organization/stack", stack: stackOf("a: b"), as: "organization/STACK"},
		{name: "row 7: stackConfigDir", files: map[string]string{"Pulumi.yaml": "name: acme\nruntime: go\nstackConfigDir: cfg/x\n", "cfg/x/Pulumi.STACK.yaml": stackOf("a: b"), "Pulumi.STACK.yaml": stackOf("a: c")}, want: map[string]string{"acme:a": "b"}},
		{name: "config names the directory", files: map[string]string{"Pulumi.yaml": "name: acme\nruntime: go\nconfig: cfg\n", "cfg/Pulumi.STACK.yaml": stackOf("a: b")}, want: map[string]string{"acme:a": "b"}},
		refused(always, filesCase{name: "config and stackConfigDir", project: "config: cfg\nstackConfigDir: cfg"}),
		refused(always, filesCase{name: "stackConfigDir of another type", project: "stackConfigDir: [cfg]"}),

		// regions
		own("region", "aws:region: eu-west-1", map[string]string{"aws:region": "eu-west-1"}),
		inProject("region in the project", "aws:region: eu-west-1", "", map[string]string{"aws:region": "eu-west-1"}),
		inProject("region in the project, long", "aws:region: {value: eu-west-1}", "", map[string]string{"aws:region": "eu-west-1"}),
		inProject("region in both", "aws:region: eu-west-1", "aws:region: us-east-1", map[string]string{"aws:region": "us-east-1"}),
		refused(always, inProject("region as a default", "aws:region: {default: eu-west-1}", "", nil)),
		refused(always, inProject("region with a type", "aws:region: {type: string, value: eu-west-1}", "", nil)),
		refused(always, inProject("region without a value", "aws:region: {description: where}", "", nil)),
		inProject("a list of another namespace", `aws:allowedAccountIds: ["111122223333"]`, "", map[string]string{"aws:allowedAccountIds": `["111122223333"]`}),

		// keys
		own("the old spelling", "acme:config:a: b\naws:config:region: eu-west-1", map[string]string{"acme:a": "b", "aws:region": "eu-west-1"}),
		refused(always, own("three parts", "acme:other:a: b", nil)),
		refused(always, own("four parts", "acme:config:a:b: c", nil)),
		own("empty parts", `":a": b`+"\n"+`"c:": d`, nil),
		own("a key with a period", "a.b: c\nacme:d[0]: e", map[string]string{"acme:a.b": "c"}),
		refused(always, own("a number as key", "12: a", nil)),
		refused(always, own("true as key", "true: a", nil)),
		refused(always, own("a key twice", "a: b\na: c", nil)),
		refused(always, own("a key twice, nested", "a: {b: c, b: d}", nil)),
		refused(always, filesCase{name: "config twice", stack: "config: {a: b}\nconfig: {c: d}"}),
		own("keys that are no texts, nested", "a: {1: x, true: y, ~: z, 1.5: v, 2020-01-02: w}", nil),
		inProject("two spellings in the project", "acme:a: second\n  a: first", "", map[string]string{"acme:a": "first"}),

		// values of the stack file
		own("booleans", "a: true\nb: False\nc: yes\nd: 'false'\ne: {x: on, y: TRUE}", map[string]string{"acme:a": "true", "acme:b": "false", "acme:c": "yes"}),
		own("whole numbers", "a: 12\nb: 0x1F\nc: 0o17\nd: 017\ne: 1_000\nf: -5\ng: 18446744073709551615\nh: {x: 18446744073709551615, y: 9007199254740993}", nil),
		own("account ids", "aws:allowedAccountIds: [012345678901, 000000000012, 111122223333]", map[string]string{"aws:allowedAccountIds": "[12345678901,10,111122223333]"}),
		own("numbers", "a: 1.5\nb: 1.0\nc: 1e3\nd: 1e21\ne: 0.1\nf: [1e21, 1.0, -0.0, 1.50]\ng: '1.50'\nh: -0.0", map[string]string{"acme:h": "0"}),
		refused(always, own("infinity", "a: .inf", nil)),
		refused(always, own("no number", "a: [.nan]", nil)),
		own("null", "a:\nb: ~\nc: null\nd: [null, {x: }]\ne: ''", map[string]string{"acme:a": "", "acme:d": `[null,{"x":null}]`}),
		own("dates", "a: 2020-01-02\nb: 2020-01-02T03:04:05Z\nc: [2020-01-02]\nd: '2020-01-02'", nil),
		own("blocks", "a: |\n  one\n  two\nb: >-\n  one\n  two\nc: \"x\\ty\\u00e9\"\nd: plain text # comment", map[string]string{"acme:a": "one\ntwo\n", "acme:b": "one two"}),
		own("text that JSON escapes", "a: {x: '<&>', y: \"\\u2028\"}\nb: '<&>'", nil),
		own("binary", "a: !!binary aGVsbG8=\nb: !!str 12\nc: !!float 3", nil),
		own("anchors and merge keys", "a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: [*a, *a]", map[string]string{"acme:c": `{"x":1,"y":3}`}),
		refused(always, own("an unknown anchor", "a: *b", nil)),
		own("objects and lists, empty", "a: {}\nb: []\nc: [[], {}]", nil),
		own("a secret", "a: b\nother:token: {secure: v1:abc}", map[string]string{"acme:a": "b"}),
		own("no secret", "a: {secure: 12}\nb: {secure: x, other: y}\nc: [{secure: {x: y}}]", nil),
		refused(atDeploy, own("secrets in lists", "a: [{secure: v1:abc}, {b: [{secure: v1:def}]}]", nil)),

		// the stack file as a whole
		{name: "an empty stack file", stack: ""},
		{name: "comments only", stack: "# nothing\n"},
		{name: "no config", stack: "secretsprovider: passphrase\n"},
		{name: "config null", stack: "config:\n"},
		{name: "config empty", stack: "config: {}\n"},
		{name: "unknown keys", stack: "config: {a: b}\nunknown: [1]\n"},
		{name: "a byte order mark", stack: "\ufeffconfig: {a: b}\n", want: map[string]string{"acme:a": "b"}},
		{name: "two documents", stack: "config: {a: b}\n---\nconfig: {a: c}\n", want: map[string]string{"acme:a": "b"}},
		refused(always, filesCase{name: "config a list", stack: "config: [a]\n"}),
		refused(always, filesCase{name: "config a text", stack: "config: a\n"}),
		refused(always, filesCase{name: "a list", stack: "- config\n"}),
		refused(always, filesCase{name: "a text", stack: "config\n"}),
		refused(always, filesCase{name: "a number at the top", stack: "config: {a: b}\n1: x\n"}),
		refused(always, filesCase{name: "no YAML", stack: "config: [\n"}),
		refused(always, filesCase{name: "a tab", stack: "config:\n\ta: b\n"}),
		refused(always, filesCase{name: "a salt that is a list", stack: "encryptionsalt: [a]\n"}),
		refused(always, filesCase{name: "environment", stack: "environment: [base]\nconfig: {a: b}\n"}),
		refused(always, filesCase{name: "environment with values", stack: "environment: {values: {pulumiConfig: {a: c}}}\nconfig: {a: b}\n"}),
		{name: "environment empty", stack: "environment: []\nconfig: {a: b}\n"},
		{name: "environment null", stack: "environment:\nconfig: {a: b}\n"},

		// other formats
		{name: "JSON", files: map[string]string{"Pulumi.json": `{"name":"acme","runtime":"go","config":{"d":{"type":"integer","default":5}}}`, "Pulumi.STACK.json": `{"config":{"a":null,"b":1.0,"c":{"x":1e3,"n":null,"big":12345678901234567890},"d":7,"e":true,"f":"t"}}`}, want: map[string]string{"acme:a": "null", "acme:b": "1"}},
		{name: "JSON with defaults", files: map[string]string{"Pulumi.json": `{"name":"acme","runtime":"go","config":{"a":true,"b":"x","c":[1],"d":{"default":1.5},"e":{"default":5},"f":{"type":"array","items":{"type":"integer"},"default":[1,2.0]}}}`, "Pulumi.STACK.json": `{}`}},
		{name: "JSON, a key twice", files: map[string]string{"Pulumi.json": `{"name":"acme","runtime":"go"}`, "Pulumi.STACK.json": `{"config":{"a":1,"a":2}}`}, want: map[string]string{"acme:a": "2"}},
		{name: "JSON with a byte order mark", files: map[string]string{"Pulumi.json": "\ufeff" + `{"name":"acme","runtime":"go"}`, "Pulumi.STACK.json": "\ufeff" + `{"config":{"a":"b"}}`}, want: map[string]string{"acme:a": "b"}},
		refused(always, filesCase{name: "JSON with a number as default", files: map[string]string{"Pulumi.json": `{"name":"acme","runtime":"go","config":{"a":5}}`, "Pulumi.STACK.json": `{}`}}),
		refused(always, filesCase{name: "JSON with more behind it", files: map[string]string{"Pulumi.json": `{"name":"acme","runtime":"go"}`, "Pulumi.STACK.json": `{} x`}}),
		{name: "yml", files: map[string]string{"Pulumi.yml": "name: acme\nruntime: go\n", "Pulumi.STACK.yml": stackOf("a: b"), "Pulumi.STACK.yaml": stackOf("a: c")}, want: map[string]string{"acme:a": "b"}},
		{name: "yaml and yml", files: map[string]string{"Pulumi.yml": "name: other\nruntime: go\n", "Pulumi.yaml": "name: acme\nruntime: go\n", "Pulumi.STACK.yaml": stackOf("a: b"), "Pulumi.STACK.yml": stackOf("a: c")}, want: map[string]string{"acme:a": "b"}},

		// the project file
		inProject("plain values", "a: x\n  b: 5\n  c: true\n  d: [1, {x: y}]", "", map[string]string{"acme:b": "5"}),
		inProject("value and default", "a: {value: 1.5}\n  b: {default: {x: [1, ~]}}\n  acme:c: {value: 0x10}\n  d: {default: ''}", "", nil),
		inProject("null as a value is none", "a: {value: null, default: x}", "", map[string]string{"acme:a": "x"}),
		inProject("the stack's value wins", "a: {default: {x: 1, y: 2}}", "a: {x: 3}", map[string]string{"acme:a": `{"x":3}`}),
		inProject("null in the stack wins", "a: {default: x}", "a:", map[string]string{"acme:a": ""}),
		inProject("a secret in the project", "other:a: {value: {b: c}, secret: true}", "", nil),
		{name: "config null in the project", project: "config:\n"},
		{name: "unknown keys in the project", project: "unknown: [1]\nconfig: {}\n"},
		refused(atDeploy, inProject("a value is missing", "a: {type: string}", "", nil)),
		refused(atDeploy, inProject("a value without type is missing", "a: {description: what}", "", nil)),
		refused(always, inProject("default and value", "a: {default: x, value: y}", "", nil)),
		refused(always, inProject("null", "a:", "", nil)),
		refused(always, inProject("a fraction", "a: 1.5", "", nil)),
		refused(always, inProject("an object", "a: {x: y}", "", nil)),
		refused(always, inProject("an unknown type", "a: {type: number}", "", nil)),
		refused(always, inProject("an array without items", "a: {type: array}", "", nil)),
		refused(always, inProject("items without a type", "a: {type: array, items: {}}", "", nil)),
		refused(always, inProject("items of items without items", "a: {type: array, items: {type: array}}", "", nil)),
		refused(always, inProject("a default of another type", "a: {type: boolean, default: no}", "", nil)),
		refused(always, inProject("a date as the default of a text", "a: {type: string, default: 2020-01-02}", "", nil)),
		refused(always, inProject("a default with a number as key", "a: {default: {1: x}}", "", nil)),
		refused(always, inProject("a default with a number as key, nested", "a: {default: [{x: {1: x}}]}", "", nil)),
		refused(always, inProject("a description that is none", "a: {description: 5, default: x}", "", nil)),
		refused(always, inProject("three parts in the project", "acme:other:a: b", "", nil)),
		refused(always, inProject("the key secret", "secret: {type: string, default: a}", "", nil)),
		inProject("the key secret, true", "secret: true", "", map[string]string{"acme:secret": "true"}),
		refused(always, inProject("a number as key in the project", "1: a", "", nil)),
		refused(always, filesCase{name: "config a list in the project", project: "config: [a]"}),
		refused(always, filesCase{name: "description a number", project: "description: 5"}),
		refused(always, filesCase{name: "no name", files: map[string]string{"Pulumi.yaml": "runtime: go\n", "Pulumi.STACK.yaml": ""}}),
		refused(always, filesCase{name: "a number as name", files: map[string]string{"Pulumi.yaml": "name: 5\nruntime: go\n", "Pulumi.STACK.yaml": ""}}),
		refused(always, filesCase{name: "an empty project file", files: map[string]string{"Pulumi.yaml": "", "Pulumi.STACK.yaml": ""}}),
		refused(always, filesCase{name: "no YAML in the project", files: map[string]string{"Pulumi.yaml": "name: [\n", "Pulumi.STACK.yaml": ""}}),

		// types
		{name: "the right types", project: project, stack: stackOf("roles: {}\nenforce: 'true'\nprefix: 5\nactions: [a]\nquota: '4096'")},
		{name: "a number for a text, true for a text", project: project, stack: stackOf("roles: {a: 1}\nprefix: true")},
		refused(atDeploy, filesCase{name: "a list for an object", project: project, stack: stackOf("roles: [a]")}),
		refused(atDeploy, filesCase{name: "null for an object", project: project, stack: stackOf("roles:")}),
		refused(atDeploy, filesCase{name: "no for a boolean", project: project, stack: stackOf("roles: {}\nenforce: no")}),
		refused(atDeploy, filesCase{name: "False, quoted, for a boolean", project: project, stack: stackOf("roles: {}\nenforce: 'False'")}),
		refused(atDeploy, filesCase{name: "an object for a text", project: project, stack: stackOf("roles: {}\nprefix: {}")}),
		refused(atDeploy, filesCase{name: "a number in a list of texts", project: project, stack: stackOf("roles: {}\nactions: [a, 1]")}),
		refused(atDeploy, filesCase{name: "a text for a list", project: project, stack: stackOf(`roles: {}` + "\n" + `actions: '["a"]'`)}),
		refused(atDeploy, filesCase{name: "a fraction for a whole number", project: project, stack: stackOf("roles: {}\nquota: 1.5")}),
		refused(atDeploy, inProject("a list of lists", "a: {type: array, items: {type: array, items: {type: integer}}}", "a: [[1, 2.0], ['3', x]]", nil)),
		refused(atDeploy, inProject("declared secret, written plain", "a: {type: string, secret: true}", "a: x", nil)),
		inProject("declared secret without type", "a: {secret: true}", "a: x", nil),
	}
}

// TestReadAsPulumi asks the real CLI about every case, what pulumi config shows
// and what a program gets when it is deployed. The two differ: pulumi config
// checks no types and misses no values.
func TestReadAsPulumi(t *testing.T) {
	t.Parallel()
	pulumi := newPulumiCLI(t)
	for index, one := range files() {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			stack := "s" + strconv.Itoa(index)
			dir := t.TempDir()
			for name, text := range one.written(stack) {
				write(t, filepath.Join(dir, name), text)
			}
			pulumi.addStack(t, "acme", stack)
			named := stack
			if one.as != "" {
				named = strings.ReplaceAll(one.as, "STACK", stack)
			}
			// Ours first: a deployment writes the salt of its secrets into the file.
			config, err := stackconfig.Read(dir, named)
			_, ownErr := config.Own()
			pulumi.requireShows(t, dir, named, one.refused == always, config, err, ownErr)
			if one.asksProgram() {
				pulumi.requireDeploys(t, dir, named, one.refused == nobody, config, ownErr)
			}
			for key, value := range one.want {
				require.Equal(t, value, config.Values[key].Text, key)
			}
		})
	}
}

// requireShows holds the configuration against pulumi config.
func (p *pulumiCLI) requireShows(
	t *testing.T, dir, stack string, refused bool, config stackconfig.Config, err, ownErr error,
) {
	t.Helper()
	want, refusal := p.config(t, dir, stack)
	if refused {
		require.Error(t, refusal)
		if err == nil {
			err = ownErr // an environment
		}
		require.ErrorContains(t, err, dir, "%v", refusal)
		return
	}
	require.NoError(t, refusal)
	require.NoError(t, err)
	require.Equal(t, stack[strings.LastIndex(stack, "/")+1:], config.Stack)
	require.Len(t, config.Values, len(want))
	for key, want := range want {
		got, ok := config.Values[key]
		require.True(t, ok, key)
		require.Equal(t, want.Secret, len(got.Problems) > 0, key)
		if want.Secret {
			continue
		}
		require.Equal(t, *want.Value, got.Text, key)
		if got.Object {
			var object any
			require.NoError(t, json.Unmarshal([]byte(got.Text), &object))
			require.Equal(t, want.Object, object, key)
		} else {
			require.Nil(t, want.Object, key)
		}
	}
}

// requireDeploys holds the configuration against what a program gets.
func (p *pulumiCLI) requireDeploys(
	t *testing.T, dir, stack string, deploys bool, config stackconfig.Config, ownErr error,
) {
	t.Helper()
	want, refusal := p.program(t, dir, stack)
	if !deploys {
		require.Error(t, refusal)
		require.True(t, ownErr != nil || len(config.Refused) > 0, "%v", refusal)
		return
	}
	require.Empty(t, config.Refused)
	require.NoError(t, ownErr)
	for key, value := range config.Values {
		if len(value.Problems) > 0 { // a secret of another namespace: made up here, so the CLI cannot read it either
			require.Error(t, refusal)
			return
		}
		require.Equal(t, value.Text, want[key], key)
	}
	require.NoError(t, refusal)
	require.Len(t, config.Values, len(want))
}

// TestSecretRemedy does what the problem of a secret says, with the real CLI.
func TestSecretRemedy(t *testing.T) {
	t.Parallel()
	pulumi := newPulumiCLI(t)
	dir := inDir(t, "", "")
	write(t, filepath.Join(dir, "Pulumi.dev.yaml"), "config:\n  roles:\n    a.b:\n      policies: [A]\n")
	pulumi.addStack(t, "acme", "dev")
	_, err := pulumi.run(t, dir, "config", "set", "--secret", "--stack", "dev", "--path", `roles["a.b"].description`, "the text")
	require.NoError(t, err)
	config, err := stackconfig.Read(dir, "dev")
	require.NoError(t, err)
	_, err = config.Own()
	var unreadable *stackconfig.ConfigError
	require.ErrorAs(t, err, &unreadable)
	require.Len(t, unreadable.Problems, 1)
	require.Equal(t, `acme:roles["a.b"].description`, unreadable.Problems[0].Key)

	_, command, _ := strings.Cut(unreadable.Problems[0].Remedy, "prints: pulumi ")
	text, err := pulumi.run(t, dir, strings.Fields(strings.ReplaceAll(command, "'", ""))...)
	require.NoError(t, err)
	encrypted := regexp.MustCompile(`(?m)description:\s+secure: .*$`)
	file := read(t, config.File)
	require.Regexp(t, encrypted, file)
	write(t, config.File, encrypted.ReplaceAllString(file, "description: "+strings.TrimSpace(text)))
	config, err = stackconfig.Read(dir, "dev")
	require.NoError(t, err)
	own, err := config.Own()
	require.NoError(t, err)
	require.JSONEq(t, `{"a.b": {"policies": ["A"], "description": "the text"}}`, own["roles"])
}
