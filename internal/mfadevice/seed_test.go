package mfadevice_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pquerna/otp"
	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// seedOf is a seed as IAM gives it.
func seedOf(t *testing.T) mfadevice.Seed {
	t.Helper()
	c := newCloud(t, policy.GroupPolicy{})
	p := &person{}
	_, err := p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(t.Context())
	require.Error(t, err)
	return p.shown[0].Seed
}

func TestASeedIsNotPrintedByAccident(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	require.Regexp(t, `^[A-Z2-7]{64}$`, seed.Reveal())
	device := mfadevice.NewDevice{Seed: seed}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		for _, value := range []any{seed, &seed, device, []mfadevice.Seed{seed}, map[string]any{"a": device}} {
			require.NotContains(t, fmt.Sprintf(verb, value), seed.Reveal(), verb)
		}
	}
	require.Equal(t, "(a secret)", fmt.Sprint(seed))
	text, err := json.Marshal(device)
	require.NoError(t, err)
	require.NotContains(t, string(text), seed.Reveal())
}

func TestURIIsWhatAuthenticatorsRead(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	for _, name := range []string{"alice", "a.b+c=d,e@f-g_h"} {
		read, err := otp.NewKeyFromURL(seed.URI(owner(), name))
		require.NoError(t, err)
		require.Equal(t, "totp", read.Type())
		require.Equal(t, "AWS", read.Issuer())
		require.Equal(t, name+"@111122223333", read.AccountName())
		require.Equal(t, seed.Reveal(), read.Secret())
		require.EqualValues(t, 30, read.Period())
		require.Equal(t, otp.DigitsSix, read.Digits())
		require.Equal(t, otp.AlgorithmSHA1, read.Algorithm())
	}
}

// modules reads a picture of half blocks: which modules are dark.
func modules(t *testing.T, picture string) [][]bool {
	t.Helper()
	var dark [][]bool
	for line := range strings.Lines(picture) {
		var upper, lower []bool
		for _, character := range strings.TrimSuffix(line, "\n") {
			pair, ok := map[rune][2]bool{
				'█': {false, false}, '▀': {false, true}, '▄': {true, false}, ' ': {true, true},
			}[character]
			require.True(t, ok, "%q", character)
			upper, lower = append(upper, pair[0]), append(lower, pair[1])
		}
		dark = append(dark, upper, lower)
	}
	return dark
}

func TestQRCodeIsTheText(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	for _, name := range []string{"alice", "bartholomew.longname", strings.Repeat("a", 64)} {
		uri := seed.URI(owner(), name)
		picture, columns, lines := mfadevice.QRCode(uri, false)
		require.Equal(t, lines, strings.Count(picture, "\n"))
		want, err := qr.Encode(uri, qr.L)
		require.NoError(t, err)
		const margin = 2
		require.Equal(t, want.Size+2*margin, columns)
		dark := modules(t, picture)
		for y := range want.Size + 2*margin {
			require.Len(t, dark[y], columns)
			for x := range columns {
				require.Equal(t, want.Black(x-margin, y-margin), dark[y][x], "%d %d", x, y)
			}
		}
		coloured, _, _ := mfadevice.QRCode(uri, true)
		require.Equal(t, picture, regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(coloured, ""))
		for line := range strings.Lines(coloured) {
			require.True(t, strings.HasPrefix(line, "\x1b[97;40m") && strings.HasSuffix(line, "\x1b[0m\n"), "%q", line)
		}
	}
}

func TestQRCodeFitsIntoAnOrdinaryTerminal(t *testing.T) {
	t.Parallel()
	picture, columns, lines := mfadevice.QRCode(seedOf(t).URI(owner(), "bartholomew.simpso"), false)
	require.LessOrEqual(t, columns, 80)
	require.LessOrEqual(t, lines, 23, "one line is left for the question")
	first, _, _ := strings.Cut(picture, "\n")
	require.Equal(t, columns, utf8.RuneCountInString(first))
}
