package output

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Width is that of a terminal, in columns.
const Width = 80

const columnGap = 2

// Table writes rows of as many cells in columns. Where that takes more than [Width],
// cells go on below, first between words, then within the longest. The last cell of a
// row is painted in its colour, if there are colours at all.
func Table(out io.Writer, rows [][]string, colors []Color) error {
	printable := make([][]string, len(rows))
	for i, row := range rows {
		for _, cell := range row {
			printable[i] = append(printable[i], Printable(cell))
		}
	}
	widths := columnWidths(printable)
	text := Lines{W: out}
	for i, row := range printable {
		color := Color("")
		if i < len(colors) {
			color = colors[i]
		}
		writeRow(&text, row, widths, color)
	}
	return text.Err
}

// columnWidths shrinks the widest columns until they fit.
func columnWidths(rows [][]string) []int {
	widths, words := widest(rows, func(cell string) []string { return []string{cell} }), widest(rows, strings.Fields)
	for over(widths) > 0 {
		at := -1
		for i, width := range widths {
			if width > words[i] && (at < 0 || width > widths[at]) {
				at = i
			}
		}
		if at < 0 { // only words are left
			at = slices.Index(widths, slices.Max(widths))
		}
		widths[at]--
	}
	return widths
}

func over(widths []int) int {
	total := columnGap * (len(widths) - 1)
	for _, width := range widths {
		total += width
	}
	return total - Width
}

func widest(rows [][]string, parts func(cell string) []string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			for _, part := range parts(cell) {
				widths[i] = max(widths[i], utf8.RuneCountInString(part))
			}
		}
	}
	return widths
}

func writeRow(text *Lines, row []string, widths []int, color Color) {
	cells, height := make([][]string, len(row)), 1
	for i, cell := range row {
		cells[i] = broken(cell, widths[i])
		height = max(height, len(cells[i]))
	}
	last := len(row) - 1
	for at := range height {
		var line strings.Builder
		for i := range last {
			cell := ""
			if at < len(cells[i]) {
				cell = cells[i][at]
			}
			line.WriteString(cell + strings.Repeat(" ", widths[i]+columnGap-utf8.RuneCountInString(cell)))
		}
		if at < len(cells[last]) {
			text.Linef("%s%s", line.String(), color.Paint(cells[last][at], color != ""))
			continue
		}
		text.Linef("%s", strings.TrimRight(line.String(), " "))
	}
}

// broken are the lines of a text of that width.
func broken(text string, width int) []string {
	if utf8.RuneCountInString(text) <= width {
		return []string{text}
	}
	var lines []string
	for word := range strings.FieldsSeq(text) {
		letters := []rune(word)
		if last := len(lines) - 1; last >= 0 && utf8.RuneCountInString(lines[last])+1+len(letters) <= width {
			lines[last] += " " + word
			continue
		}
		for ; len(letters) > width; letters = letters[width:] {
			lines = append(lines, string(letters[:width]))
		}
		lines = append(lines, string(letters))
	}
	return lines
}
