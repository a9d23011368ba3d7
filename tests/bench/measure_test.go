package bench

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sample is what one run took: the time of the processors, user and system, and
// of the clock.
type sample struct{ CPU, Wall time.Duration }

// side is one of the two that a row compares, run once.
type side func(t *testing.T) sample

// measured are the medians of both sides, of runs that took turns.
type measured struct{ ours, theirs sample }

// interleave runs A B A B, so that whatever else the machine does meets both.
func interleave(t *testing.T, runs int, ours, theirs side) measured {
	t.Helper()
	var a, b []sample
	for range runs {
		a, b = append(a, ours(t)), append(b, theirs(t))
	}
	return measured{ours: median(a), theirs: median(b)}
}

func median(samples []sample) sample {
	middle := func(of func(sample) time.Duration) time.Duration {
		times := make([]time.Duration, 0, len(samples))
		for _, s := range samples {
			times = append(times, of(s))
		}
		slices.Sort(times)
		return times[len(times)/2]
	}
	return sample{
		CPU:  middle(func(s sample) time.Duration { return s.CPU }),
		Wall: middle(func(s sample) time.Duration { return s.Wall }),
	}
}

// command runs a program of its own process; its children count when it has
// waited for them.
func command(t *testing.T, environ []string, name string, args ...string) sample {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = environ
	start := time.Now()
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v: %s", name, args, output)
	return processTime(cmd, start)
}

// processTime is that of a process that has ended.
func processTime(cmd *exec.Cmd, start time.Time) sample {
	return sample{CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), Wall: time.Since(start)}
}

// many is the mean of n runs in this process of what takes too little for a clock.
func many(n int, run func()) sample {
	start, before := time.Now(), used(syscall.RUSAGE_SELF)
	for range n {
		run()
	}
	return sample{
		CPU: (used(syscall.RUSAGE_SELF) - before) / time.Duration(n), Wall: time.Since(start) / time.Duration(n),
	}
}

// together is many, by several clients at a time. What each does first is not
// counted: it connects, and documents are read for the first time. Nor is what the
// preparation left for the garbage collector.
func together(clients, n int, run func()) sample {
	each := func(times int) {
		var group sync.WaitGroup
		for range clients {
			group.Go(func() {
				for range times {
					run()
				}
			})
		}
		group.Wait()
	}
	each(1)
	runtime.GC()
	all := many(1, func() { each(n / clients) })
	return sample{CPU: all.CPU / time.Duration(n), Wall: all.Wall / time.Duration(n)}
}

// used is the time of the processors that this process, or its children, have used.
func used(whose int) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(whose, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// build builds a package of this module and gives the program.
func build(t *testing.T, pkg string, flags ...string) string {
	t.Helper()
	program := t.TempDir() + "/program"
	args := append(append([]string{"build", "-o", program}, flags...), pkg)
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = "../..", os.Environ()
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return program
}
