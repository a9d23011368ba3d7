package output_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
)

func table(t *testing.T, colors []output.Color, rows ...[]string) string {
	t.Helper()
	var text strings.Builder
	require.NoError(t, output.Table(&text, rows, colors))
	return text.String()
}

func TestTableFitsIntoATerminal(t *testing.T) {
	t.Parallel()
	require.Equal(t, "A     B\nlong  é\nx     y\n", table(t, nil, []string{"A", "B"}, []string{"long", "é"}, []string{"x", "y"}))
	const user, groups = "bartholomew.simpson", "platform-engineers, production-administrators"
	header := []string{"USER", "GROUPS", "MFA DEVICES", "CLI", "ACCESS KEYS", "VERDICT"}
	row := []string{
		user, groups, "mfa/" + user + ", mfa/" + user + "/second-phone", "yes", "120d old, used 3d ago (cloudformation)",
		"LOCKED OUT, can enrol",
	}
	text := table(t, []output.Color{"", output.Red}, header, row)
	plain := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(text, "")
	require.Contains(t, text, "\x1b[1;31mLOCKED\x1b[0m\n")
	require.Contains(t, text, "\x1b[1;31mOUT,\x1b[0m\n")
	columns := make([]string, len(header))
	starts := []int{}
	first, _, _ := strings.Cut(plain, "\n")
	for _, at := range regexp.MustCompile(`\S+( \S+)*`).FindAllStringIndex(first, -1) {
		starts = append(starts, at[0])
	}
	for line := range strings.Lines(plain) {
		line = strings.TrimSuffix(line, "\n")
		require.LessOrEqual(t, utf8.RuneCountInString(line), output.Width, line)
		require.Equal(t, strings.TrimRight(line, " "), line)
		for i, start := range starts {
			end := len(line)
			if i+1 < len(starts) {
				end = min(end, starts[i+1])
			}
			if start < end {
				columns[i] += strings.TrimSpace(line[start:end])
			}
		}
	}
	for i, column := range columns {
		require.Equal(t, strings.ReplaceAll(header[i]+row[i], " ", ""), strings.ReplaceAll(column, " ", ""), "nothing is lost")
	}
}

func TestTableIsPrintable(t *testing.T) {
	t.Parallel()
	require.Equal(t, `a\x1b[31m`+"  b\n", table(t, nil, []string{"a\x1b[31m", "b"}))
}
