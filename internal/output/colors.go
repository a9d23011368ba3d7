package output

// Color is the code (SGR) of a colour of a terminal.
type Color string

// The colours that are used.
const (
	Red    Color = "1;31"
	Yellow Color = "33"
	Green  Color = "32"
	Dim    Color = "2"
)

// Painted is text that may have colours: [Lines] prints it as it is.
type Painted string

// Paint is the text in the colour, if it is to have any.
func (c Color) Paint(text string, wanted bool) Painted {
	if !wanted {
		return Painted(text)
	}
	return Painted("\x1b[" + string(c) + "m" + text + "\x1b[0m")
}
