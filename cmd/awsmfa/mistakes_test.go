package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
)

func TestMistakesOnTheCommandLineExitWith2(t *testing.T) {
	t.Parallel()
	requireMistakes(t, "", map[string]string{
		"sandbx":                                         `unknown command "sandbx": did you mean sandbox?`,
		"verify --stak dev":                              "unknown flag: --stak",
		"verify --stack":                                 "flag needs an argument: --stack",
		"help sandbx":                                    `unknown command "sandbx": did you mean sandbox?`,
		"help verify alice":                              `unknown command "alice"`,
		"completion bsh":                                 `unknown command "bsh"`,
		"completion bash zsh":                            `unexpected argument "zsh"`,
		"audit --stack=":                                 "--stack is empty",
		"audit --outputs=":                               "the name of a file is empty",
		"audit --group=":                                 "the name of a group is empty",
		"audit --profile=":                               "--profile is empty",
		"audit --outputs - --group a":                    "--outputs and --group exclude each other",
		"audit --stack dev --group a":                    "leave out --outputs and --group",
		"audit --project . --outputs -":                  "leave out --outputs and --group",
		"audit --enrolment admin":                        "goes with --outputs or --group: a stack file",
		"audit --group a --enrolment nobody":             `--enrolment "nobody": it must be self-service or admin`,
		"audit --rate 0":                                 "--rate 0: it must be more than 0",
		"audit --rate NaN":                               "--rate NaN: it must be more than 0",
		"audit --rate=-1":                                "--rate -1: it must be more than 0",
		"audit developers":                               `unexpected argument "developers"`,
		"init":                                           "name the groups that get a role with --group",
		"init --group a b":                               `unexpected argument "b"`,
		"init --group a --group A":                       "--group A is given twice",
		"init --group a/b":                               `--group: invalid name: group name "a/b"`,
		"init --group a --role b/c":                      `--role: invalid name: role name "b/c"`,
		"init --group a --group b --role c":              "1 --role for 2 --group",
		"init --group a --role c --role d":               "2 --role for 1 --group",
		"init --group a --dry-run --json":                "exclude each other",
		"init --group a --stack ../x":                    `--stack "../x"`,
		"init --group a --stack=":                        `--stack ""`,
		"init --group a --group b --role c --role C":     "--role C is given twice",
		"verify dev":                                     `unexpected argument "dev"`,
		"verify --json --markdown":                       "exclude each other",
		"verify --stack=":                                "--stack is empty",
		"verify --outputs o.json --trust t.json":         "goes without --trust and --group",
		"verify --outputs=":                              "the name of a file is empty",
		"verify --trust=":                                "the name of a file is empty",
		"verify --group=":                                "the name of a file is empty",
		"verify --enrolment admin":                       "they go with --outputs, --trust or --group",
		"verify --no-enforce --stack dev --group g.json": "without --stack",
		"verify --enrolment maybe --group g.json":        `--enrolment "maybe": it must be self-service or admin`,
		"verify --mfa-device-name maybe --group g.json":  `--mfa-device-name "maybe": it must be username or any`,
		"verify --enrolement admin":                      "unknown flag: --enrolement",
		"exec":                                           "which profile?",
		"exec -- env":                                    "which profile?",
		"exec dev":                                       "which command? For example: awsmfa exec dev -- aws s3 ls",
		"exec dev --":                                    "which command?",
		"exec dev aws s3 ls":                             "-- goes between the profile and the command: awsmfa exec dev -- aws s3 ls",
		"exec dev aws -- s3":                             "-- goes between the profile and the command",
		"exec dev --duration 1h -- env":                  "--serial-number and --duration go with --session",
		"login dev prod":                                 `unexpected argument "prod"`,
		"login dev --session --duration 1m":              "it must be from 15m to 36h",
		"status dev":                                     `unexpected argument "dev"`,
		"explain":                                        "which action?",
		"explain s3:*":                                   "it must be one action",
		"explain s3":                                     "it must be one action",
		"explain s3:GetObject bucket":                    "it must be the ARN of one resource, or *",
		"explain s3:GetObject arn:aws:s3:::bucket/*":     "it must be the ARN of one resource, or *",
		"explain s3:GetObject * more":                    `unexpected argument "more"`,
		"explain s3:GetObject --as key":                  `--as "key": it must be long-term-key, session-token`,
		"explain s3:GetObject --as=":                     `--as "": it must be`,
		"explain s3:GetObject --as assume-role-code":     "it goes with no other action",
		"explain s3:GetObject --attached Everything":     "it must be nothing, PowerUserAccess or AdministratorAccess",
		"explain s3:GetObject --profile x --user alice":  "--profile explains what its caller has",
		"explain s3:GetObject --profile x --stack dev":   "--profile explains what its caller has",
		"explain sts:AssumeRole --profile x":             "With --profile give its ARN",
		"explain s3:GetObject --profile=":                "--profile is empty",
		"explain s3:GetObject --stack=":                  "--stack is empty",
	})
}

// requireMistakes requires what is said of arguments of a command, or of command
// lines, and that help is offered.
func requireMistakes(t *testing.T, command string, wants map[string]string) {
	t.Helper()
	if command != "" {
		command += " "
	}
	for args, want := range wants {
		code, stdout, stderr := execute(t, strings.Fields(command+args)...)
		require.Equal(t, program.Usage, code, args)
		require.Empty(t, stdout, args)
		require.True(t, strings.HasPrefix(stderr, "awsmfa: "), stderr)
		require.Contains(t, stderr, want, args)
		// The help is that of the command, as far as the words name one.
		_, offered, help := strings.Cut(strings.TrimSuffix(stderr, " --help' for usage.\n"), "\nRun '")
		require.True(t, help && strings.HasPrefix("awsmfa "+command+args, offered), stderr)
		require.Equal(t, args == "sandbx", offered == "awsmfa", stderr)
	}
}
