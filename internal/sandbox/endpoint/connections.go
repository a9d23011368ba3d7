package endpoint

import (
	"net"
	"net/http"
	"sync"
)

// unusedConnections are those on which nothing was asked yet. Clients dial some
// that they then have no use for, and a server that shuts down would wait five
// seconds for a request on them.
//
// https://pkg.go.dev/net/http#Server.Shutdown
type unusedConnections struct {
	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

// track is a [http.Server.ConnState].
func (u *unusedConnections) track(connection net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(u.open, connection)
	case u.closed:
		_ = connection.Close()
	default:
		if u.open == nil {
			u.open = map[net.Conn]struct{}{}
		}
		u.open[connection] = struct{}{}
	}
}

// close closes them, and those to come.
func (u *unusedConnections) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	for connection := range u.open {
		_ = connection.Close()
	}
}
