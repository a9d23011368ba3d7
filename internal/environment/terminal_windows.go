package environment

import "os"

// openTerminal opens the console that the process was started in.
//
// https://learn.microsoft.com/windows/console/console-handles
func openTerminal() (terminal, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return terminal{}, err
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		_ = in.Close()
		return terminal{}, err
	}
	return terminal{in, out}, nil
}

// inBackground reports nothing: a console stops no process that reads it.
func inBackground(*os.File) bool { return false }
