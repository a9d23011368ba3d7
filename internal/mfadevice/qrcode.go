package mfadevice

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/mdp/qrterminal/v3"
)

// quietZone is the light margin in modules. The standard has four; scanners
// take two, and four do not fit into a terminal of 24 lines.
const quietZone = 2

// The colours of a QR code in a terminal: a light background would otherwise
// turn it into its negative, which not all apps read.
const whiteOnBlack, resetColours = "\x1b[97;40m", "\x1b[0m"

// QRCode draws text as a QR code with half blocks, two modules a character,
// and says how many columns and lines it takes. Coloured, it looks the same in
// every terminal; plain, it is for terminals with a dark background.
func QRCode(text string, coloured bool) (picture string, columns, lines int) {
	var drawn bytes.Buffer
	qrterminal.GenerateWithConfig(text, qrterminal.Config{
		Level: qrterminal.L, Writer: &drawn, HalfBlocks: true, QuietZone: quietZone,
	})
	rows := strings.Split(strings.TrimSuffix(drawn.String(), "\n"), "\n")
	columns = utf8.RuneCountInString(rows[0])
	if coloured {
		for i, row := range rows {
			rows[i] = whiteOnBlack + row + resetColours
		}
	}
	return strings.Join(rows, "\n") + "\n", columns, len(rows)
}
