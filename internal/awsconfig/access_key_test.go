package awsconfig_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

func replaceKey(t *testing.T, text, id string, with awsconfig.AccessKey) (string, error) {
	t.Helper()
	file, err := awsconfig.Parse([]byte(text))
	require.NoError(t, err)
	err = file.ReplaceAccessKey(id, with)
	require.Equal(t, err == nil && strings.Contains(text, id), file.HasAccessKey(with.ID))
	return string(file.Bytes()), err
}

func TestReplaceAccessKey(t *testing.T) {
	t.Parallel()
	with := awsconfig.AccessKey{ID: "AKIANEW", Secret: "new+/"}
	for name, test := range map[string]struct{ text, want string }{
		"as aws configure writes it": {
			"[default]\naws_access_key_id = AKIAOLD\naws_secret_access_key = old\n",
			"[default]\naws_access_key_id = AKIANEW\naws_secret_access_key = new+/\n",
		},
		"in any order, spelling and line end": {
			"# AKIAOLD\r\n[a]\r\nAWS_SECRET_ACCESS_KEY:old=  \r\nregion = x\r\naws_access_key_id=AKIAOLD\r\n",
			"# AKIAOLD\r\n[a]\r\nAWS_SECRET_ACCESS_KEY:new+/  \r\nregion = x\r\naws_access_key_id=AKIANEW\r\n",
		},
		"in two profiles, beside another key": {
			"[a]\naws_access_key_id = AKIAOLD\naws_secret_access_key = old\n" +
				"[b]\naws_access_key_id = AKIAOLDER\naws_secret_access_key = old\n" +
				"[c]\naws_secret_access_key = old\naws_access_key_id = AKIAOLD",
			"[a]\naws_access_key_id = AKIANEW\naws_secret_access_key = new+/\n" +
				"[b]\naws_access_key_id = AKIAOLDER\naws_secret_access_key = old\n" +
				"[c]\naws_secret_access_key = new+/\naws_access_key_id = AKIANEW",
		},
		"a secret that says aws_secret_access_key": {
			"[a]\naws_access_key_id = AKIAOLD\naws_secret_access_key = a\n",
			"[a]\naws_access_key_id = AKIANEW\naws_secret_access_key = new+/\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := replaceKey(t, test.text, "AKIAOLD", with)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestReplaceAccessKeyRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no secret":             "[a]\nx = y\naws_access_key_id = AKIAOLD\n[b]\naws_secret_access_key = old\n",
		"two secrets":           "[a]\naws_secret_access_key = old\naws_access_key_id = AKIAOLD\naws_secret_access_key = old\n",
		"a secret on two lines": "[a]\naws_secret_access_key = old\n  older\naws_access_key_id = AKIAOLD\n",
		"a secret below":        "[a]\naws_secret_access_key =\n  old\naws_access_key_id = AKIAOLD\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := replaceKey(t, text, "AKIAOLD", awsconfig.AccessKey{ID: "AKIANEW", Secret: "new"})
			require.ErrorContains(t, err, "there is no aws_secret_access_key on one line of its own")
			require.Regexp(t, `^line \d: `, err)
			require.NotContains(t, err.Error(), "old")
			require.Equal(t, text, got)
		})
	}
	_, err := replaceKey(t, "", "AKIAOLD", awsconfig.AccessKey{ID: "AKIANEW", Secret: "a\nb"})
	require.ErrorContains(t, err, "the access key that AWS gave")
	require.Equal(t, "AKIANEW", fmt.Sprintf("%+v", awsconfig.AccessKey{ID: "AKIANEW", Secret: "secret"}))
}

// What is replaced and replaced back is what it was, wherever a key stands.
func TestReplaceAccessKeyKeepsEveryOtherByte(t *testing.T) {
	t.Parallel()
	section := regexp.MustCompile(`(?m)^\[[^\]\r\n]*\][ \t]*\r?\n`)
	tried := 0
	for name, text := range corpus(t) {
		const old, secret = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG"
		text := section.ReplaceAllString(string(text), "${0}aws_access_key_id = "+old+"\naws_secret_access_key = "+secret+"\n")
		file, err := awsconfig.Parse([]byte(text))
		if err != nil || !file.HasAccessKey(old) || strings.Count(text, "aws_secret_access_key") > strings.Count(text, old) {
			continue
		}
		there, err := replaceKey(t, text, old, awsconfig.AccessKey{ID: "AKIANEW", Secret: "new"})
		if err != nil {
			continue
		}
		tried++
		require.NotEqual(t, text, there, name)
		back, err := replaceKey(t, there, "AKIANEW", awsconfig.AccessKey{ID: old, Secret: secret})
		require.NoError(t, err, name)
		require.Equal(t, text, back, name)
	}
	require.Greater(t, tried, 100)
	t.Logf("%d files", tried)
}
