package story

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ownSettings are those of somebody with an AWS of their own.
func ownSettings() []string {
	return []string{
		"HOME=/root", "AWS_PROFILE=real", "AWS_ACCESS_KEY_ID=AKIAREAL", "AWS_ENDPOINT_URL_STS=https://real",
		"AWS_ENDPOINT_URL_S3=https://real", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", "AWS_CA_BUNDLE=a\nAWS_LINE=of it",
		"https_proxy=http://proxy", "HTTP_PROXY=http://proxy", "BOTO_CONFIG=/x", "LANG=C", "PYENV_ROOT=/pyenv",
	}
}

func TestEnvironmentIsThePersonsOwn(t *testing.T) {
	t.Parallel()
	environ := append([]string{"PATH=/bin"}, ownSettings()...)
	before := append([]string(nil), environ...)
	require.Equal(t, []string{
		"PATH=/bin", "LANG=C", "PYENV_ROOT=/pyenv", "HOME=/people/alice", "USERPROFILE=/people/alice",
		"AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"AWS_ENDPOINT_URL_STS=http://127.0.0.1:1", "AWS_ENDPOINT_URL_IAM=http://127.0.0.1:1",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=",
	}, Environment(environ, Person{Name: "alice", Home: "/people/alice"}, "http://127.0.0.1:1"))
	require.Equal(t, before, environ)
}

// The printed lines have every shell come to the same environment, whatever it
// has set, or nothing.
func TestExportsMakeTheEnvironment(t *testing.T) {
	t.Parallel()
	alice := Person{Name: "alice", Home: "/it's alice's"}
	for _, name := range []string{"sh", "bash", "dash", "zsh"} {
		shell, err := exec.LookPath(name)
		if err != nil {
			continue // sh is everywhere
		}
		for _, set := range [][]string{nil, ownSettings()} {
			environ := append([]string{"PATH=" + os.Getenv("PATH")}, set...)
			command := exec.CommandContext(t.Context(), shell, "-c",
				"set -e\n"+strings.Join(Exports(alice, "http://127.0.0.1:1"), "\n")+"\nenv")
			command.Env = environ
			text, err := command.CombinedOutput()
			require.NoError(t, err, "%s: %s", name, text)
			got := regexp.MustCompile(`(?m)^(PWD|OLDPWD|SHLVL|LOGNAME|_)=.*\n`).ReplaceAllString(string(text), "")
			require.ElementsMatch(t, Environment(environ, alice, "http://127.0.0.1:1"),
				slices.DeleteFunc(strings.Split(got, "\n"), func(line string) bool { return line == "" }), name)
		}
	}
}
