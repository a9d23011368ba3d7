// Package quietterminal keeps a program that uses Pulumi's SDK from asking the
// terminal for its colours when it starts. The SDK imports Bubble Tea, whose
// init does that: it writes to the terminal, waits up to five seconds for an
// answer that not every terminal gives, and takes what is typed meanwhile.
//
// https://github.com/charmbracelet/bubbletea/blob/v1.3.10/tea_init.go
package quietterminal

import "github.com/charmbracelet/lipgloss"

// init must come before Bubble Tea's. It does: packages whose imports are
// initialized are initialized in the order of their import paths, and this
// one's imports are among Bubble Tea's.
//
// https://go.dev/ref/spec#Program_initialization
//
//nolint:gochecknoinits // only an init can come before another
func init() { lipgloss.SetHasDarkBackground(true) }
