package story

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyCLIsThatKnowTheEndpointAreUsed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"aws-cli/1.45.11 Python/3.11.7 Linux/6.1 botocore/1.43.11\n": "1.45.11",
		"aws-cli/1.29.0 Python/3.11.7":                               "1.29.0",
		"aws-cli/2.13.0 Python/3.11.4 Linux/5.10 exe/x86_64":         "2.13.0",
		"aws-cli/3.0.1 Python/3.14":                                  "3.0.1",
	} {
		got, err := usableVersion(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for text, want := range map[string]string{
		"aws-cli/1.28.99 Python/3.11": "version 1.28.99 does not know AWS_ENDPOINT_URL, version 1.29.0 does",
		"aws-cli/2.12.9 Python/3.11":  "version 2.13.0 does",
		"aws-cli/2":                   "not the AWS CLI",
		"":                            "not the AWS CLI",
	} {
		_, err := usableVersion(text)
		require.ErrorContains(t, err, want)
		old := &OldCLIError{}
		require.Equal(t, strings.HasPrefix(want, "version"), errors.As(err, &old), err)
	}
}

func TestScenesAreJudged(t *testing.T) {
	t.Parallel()
	code := func() (string, error) { return "123456", nil }
	for _, test := range []struct {
		name   string
		scene  scene
		result Result
		got    string // empty when all is well
	}{
		{"allowed", scene{want: allowed("Arn")}, Result{Screen: `"Arn": "x"`}, ""},
		{"denied", scene{want: denied("ListBuckets")}, Result{Screen: "(AccessDenied) ListBuckets", Failed: true}, ""},
		{"prompted", scene{code: code, want: allowed()}, Result{Prompts: 1}, ""},
		{"allowed in spite", scene{want: denied("ListBuckets")}, Result{}, "allowed:\n"},
		{"denied in spite", scene{want: allowed()}, Result{Screen: "no", Failed: true}, "denied:\nno"},
		{"another denial", scene{want: denied("ListBuckets")}, Result{Screen: "(ExpiredToken)", Failed: true}, "denied:"},
		{"another output", scene{want: allowed("Arn")}, Result{Screen: "{}"}, "allowed:\n{}"},
		{"no prompt", scene{code: code, want: allowed()}, Result{}, "allowed after 0 prompts"},
		{"a second prompt", scene{code: code, want: allowed()}, Result{Prompts: 2}, "allowed after 2 prompts"},
		{"a prompt", scene{want: denied()}, Result{Screen: "(AccessDenied)", Failed: true, Prompts: 1}, "after 1 prompts"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.scene.args = []string{"s3", "ls"}
			err := test.scene.judge("(a) title", test.result)
			shown := test.scene.show("(a) title", test.result, err)
			if test.got == "" {
				require.NoError(t, err)
				require.Contains(t, shown, "as it has to be")
				return
			}
			require.ErrorContains(t, err, test.got)
			require.ErrorContains(t, err, "scene (a) title: aws s3 ls has to be ")
			require.Contains(t, shown, "THIS IS WRONG")
		})
	}
}
