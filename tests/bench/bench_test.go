// Package bench measures this project against others, side by side: ratios, each
// of one run in which both sides took turns. make bench runs all of it and writes
// docs/benchmarks.md; without AWSMFA_BENCH only what takes a moment runs, and with
// another value than all the rows that have it in their name.
package bench

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// row is one line of the table: what is measured, against what.
type row struct {
	what, against string
	// of is what the ratio is of: CPU, wall, or another measure.
	of string
	// reach is the ratio to reach: at most, or at least when larger is better.
	reach   float64
	atLeast bool
	// quick rows run in CI.
	quick bool
	// isLimit says that neither side is this project, so that the row before it cannot
	// do better.
	isLimit bool
	// run gives the ratio, and both sides in words.
	run func(t *testing.T) result
}

type result struct {
	ratio        float64
	ours, theirs string
}

// cpu and wall are the ratio of what was measured.
func (m measured) cpu() result  { return ratio(m.ours.CPU, m.theirs.CPU) }
func (m measured) wall() result { return ratio(m.ours.Wall, m.theirs.Wall) }

func ratio(ours, theirs time.Duration) result {
	return result{ratio: float64(ours) / float64(theirs), ours: short(ours), theirs: short(theirs)}
}

// inverted is how many times ours theirs is.
func (r result) inverted() result {
	r.ratio = 1 / r.ratio
	return r
}

// short is a duration with three digits that count.
func short(d time.Duration) string {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			return d.Round(unit / 100).String()
		}
	}
	return d.String()
}

// reached reports whether the ratio is within slack times the reach.
func (r row) reached(ratio, slack float64) bool {
	if r.atLeast {
		return ratio >= r.reach/slack
	}
	return ratio <= r.reach*slack
}

// aims says the reach.
func (r row) aims() string {
	if r.atLeast {
		return fmt.Sprintf("≥ %s", figure(r.reach))
	}
	return fmt.Sprintf("≤ %s", figure(r.reach))
}

func figure(ratio float64) string {
	switch {
	case ratio >= 100:
		return fmt.Sprintf("%.0f", ratio)
	case ratio >= 10:
		return fmt.Sprintf("%.1f", ratio)
	default:
		return fmt.Sprintf("%.3g", ratio)
	}
}

// rows are those that are measured, in the order of the table.
func rows() []row {
	m := matches{}
	return slices.Concat(commandRows(), engineRows(m), policyRows(m), sandboxRows())
}

// isWanted reports whether the row is measured, by the value of AWSMFA_BENCH.
func (r row) isWanted(wanted string) bool {
	switch wanted {
	case "all":
		return true
	case "":
		return r.quick
	default:
		return strings.Contains(r.what, wanted)
	}
}

//nolint:paralleltest // nothing else may run beside what is measured
func TestBench(t *testing.T) {
	wanted := os.Getenv("AWSMFA_BENCH")
	all := wanted == "all"
	shown := [][]string{{"what", "against", "of", "ours", "theirs", "ratio", "reach", ""}}
	var missed []string
	for _, r := range rows() {
		if !r.isWanted(wanted) {
			continue
		}
		line := []string{r.what, r.against, r.of, "", "", "", r.aims(), "failed"}
		ran := t.Run(r.what, func(t *testing.T) {
			start := time.Now()
			got := r.run(t)
			mark := ""
			switch {
			case r.isLimit:
				mark = "limit"
			case !r.reached(got.ratio, 1):
				mark = "missed"
			}
			line = []string{r.what, r.against, r.of, got.ours, got.theirs, figure(got.ratio), r.aims(), mark}
			t.Log(line, "in", short(time.Since(start)))
			// Twice the reach: a busy machine is no reason to fail.
			if !r.reached(got.ratio, 2) {
				missed = append(missed, r.what)
			}
		})
		if ran && line[3] == "" {
			line[len(line)-1] = "not tried"
		}
		shown = append(shown, line)
	}
	fmt.Print(markdown(shown))
	if all {
		write(t, markdown(shown))
		return
	}
	require.Empty(t, missed, "worse than twice their reach")
}

// markdown is a table that can also be read as it is.
func markdown(lines [][]string) string {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	for i, line := range lines {
		for column, cell := range line {
			fmt.Fprintf(&text, "| %-*s ", widths[column], cell)
		}
		text.WriteString("|\n")
		if i == 0 {
			for _, width := range widths {
				text.WriteString("|" + strings.Repeat("-", width+2))
			}
			text.WriteString("|\n")
		}
	}
	return text.String()
}

// write puts the table into docs/benchmarks.md, after its mark.
func write(t *testing.T, table string) {
	t.Helper()
	const path, mark = "../../docs/benchmarks.md", "<!-- made by make bench -->\n"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	before, _, ok := strings.Cut(string(text), mark)
	require.True(t, ok, "%s has no %s", path, mark)
	made := fmt.Sprintf("\nMade on %s, on %s.\n\n%s", time.Now().UTC().Format(time.DateOnly), machine(t), table)
	require.NoError(t, os.WriteFile(path, []byte(before+mark+made), 0o600))
}

// machine says what this was measured on.
func machine(t *testing.T) string {
	t.Helper()
	model := "a processor that does not say its name"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				model = strings.Trim(name, "\t :\n")
				break
			}
		}
	}
	revision, err := exec.CommandContext(t.Context(), "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		revision = []byte("unknown")
	}
	return fmt.Sprintf("%d cores of %s, %s, at commit %s",
		runtime.NumCPU(), model, runtime.Version(), strings.TrimSpace(string(revision)))
}
