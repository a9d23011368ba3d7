package awsconfig

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// copyAttributes gives a new file the list of access rights of the old one. That of
// a temporary file has its owner alone.
func (t target) copyAttributes(temporary *os.File) error {
	old, err := windows.GetNamedSecurityInfo(t.path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	list, _, err := old.DACL()
	if err != nil {
		return err
	}
	control, _, err := old.Control()
	if err != nil {
		return err
	}
	inheriting := windows.SECURITY_INFORMATION(windows.UNPROTECTED_DACL_SECURITY_INFORMATION)
	if control&windows.SE_DACL_PROTECTED != 0 {
		inheriting = windows.PROTECTED_DACL_SECURITY_INFORMATION
	}
	return windows.SetNamedSecurityInfo(temporary.Name(), windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|inheriting, nil, nil, list, nil)
}
