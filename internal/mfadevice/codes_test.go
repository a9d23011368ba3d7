package mfadevice

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseCode(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"123456": "123456", "123 456": "123456", " 12 34 56\t": "123456", "012\u00a0345": "012345",
	} {
		code, ok := ParseCode(typed)
		require.True(t, ok, typed)
		require.Equal(t, want, code)
	}
	for _, typed := range []string{"", "12345", "1234567", "12345a", "-12345", "１２３４５６", "123456.", "٠١٢٣٤٥"} {
		_, ok := ParseCode(typed)
		require.False(t, ok, typed)
	}
}

// The seed is that of RFC 6238, appendix B; the time is one of its examples.
var (
	rfcSeed = Seed{"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}
	rfcTime = time.Unix(1111111109, 0)
)

func TestCodesAreThoseOfTheRFC(t *testing.T) {
	t.Parallel()
	for unix, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037",
	} {
		require.Equal(t, want, newCodeSource(rfcSeed, time.Unix(unix, 0)).at(0))
	}
	require.Empty(t, newCodeSource(rfcSeed, time.Unix(0, 0)).at(-1))
	require.Empty(t, newCodeSource(Seed{"!"}, rfcTime).at(0))
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	codes := newCodeSource(rfcSeed, rfcTime)
	const hour = 120 // steps
	for _, test := range []struct {
		name          string
		first, second string
		want          string
	}{
		{"order", codes.at(0), codes.at(-1), "in the wrong order"},
		{"order, clock off", codes.at(300), codes.at(299), "in the wrong order"},
		{"one left out", codes.at(-2), codes.at(0), "do not follow one another"},
		{"ten left out", codes.at(-10), codes.at(0), "do not follow one another"},
		{"one left out, order", codes.at(1), codes.at(-1), "do not follow one another"},
		{"twice", codes.at(0), codes.at(0), "do not follow one another"},
		{"ahead", codes.at(10*hour - 1), codes.at(10 * hour), "about 10 h 00 min ahead: too far for AWS"},
		{"behind", codes.at(-25*hour - 1), codes.at(-25 * hour), "about 25 h 00 min behind: too far for AWS"},
		{"first mistyped", "000000", codes.at(0), "The second code is right, the first is not"},
		{"second mistyped", codes.at(-1), "000000", "The first code is right, the second is not"},
		{"another entry", "000000", "111111", "Neither is a code of this entry"},
		{"days off", codes.at(48*hour - 1), codes.at(48 * hour), "more than a day off"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			said := pair{test.first, test.second}.diagnose(rfcSeed, rfcTime)
			require.Contains(t, said, test.want)
			require.NotContains(t, said, rfcSeed.Reveal())
		})
	}
}

func TestSkew(t *testing.T) {
	t.Parallel()
	codes := newCodeSource(rfcSeed, rfcTime)
	for steps, off := range map[int64]bool{-400: true, -3: true, -2: false, 0: false, 2: false, 3: true, 400: true} {
		ahead, ok := pair{codes.at(steps - 1), codes.at(steps)}.skew(rfcSeed, rfcTime)
		require.True(t, ok, steps)
		require.Equal(t, time.Duration(steps)*30*time.Second, ahead)
		require.Equal(t, off, isOff(ahead), steps)
	}
	_, ok := pair{codes.at(0), codes.at(-1)}.skew(rfcSeed, rfcTime)
	require.False(t, ok)
	_, ok = pair{"000000", "111111"}.skew(rfcSeed, rfcTime)
	require.False(t, ok)
}

func TestDescribeSkew(t *testing.T) {
	t.Parallel()
	for ahead, want := range map[time.Duration]string{
		90 * time.Second:              "90 seconds ahead",
		-90 * time.Second:             "90 seconds behind",
		4 * time.Minute:               "about 4 minutes ahead",
		-(119 * time.Minute):          "about 119 minutes behind",
		3*time.Hour + 5*time.Minute:   "about 3 h 05 min ahead",
		-(2*time.Hour + time.Second):  "about 2 h 00 min behind",
		150*time.Second + time.Second: "about 3 minutes ahead",
	} {
		require.Equal(t, want, describeSkew(ahead))
	}
}
