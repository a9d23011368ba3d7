package endpoint

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// Limits that end a request which does not: no client keeps the endpoint from
// answering the others or from closing.
const (
	headerTimeout   = 5 * time.Second
	readTimeout     = 15 * time.Second
	writeTimeout    = 30 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 5 * time.Second
	maxHeaderBytes  = 64 << 10
)

// Options are the options of [Start].
type Options struct {
	// Account is what the endpoint serves.
	Account *account.Account
	// Port is the one to listen on; zero is a free one.
	Port int
	// OnChange, when there is one, is called after each successful write and
	// before its answer, from several goroutines at once. Its error turns the
	// answer into ServiceFailure (500), though the account has changed; until
	// a later call succeeds, no write is begun.
	OnChange func() error
	// Faults are for tests.
	Faults Faults
}

// Server is a running endpoint.
type Server struct {
	http     *http.Server
	listener net.Listener
	served   chan error
	close    func() error
}

// Start serves on a port of 127.0.0.1 until [Server.Close] is called or ctx
// ends.
func Start(ctx context.Context, options Options) (*Server, error) {
	if options.Account == nil {
		return nil, errors.New("starting the sandbox's AWS endpoint: no account to serve")
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(options.Port)))
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox's AWS endpoint: %w", err)
	}
	unused := &unusedConnections{}
	s := &Server{
		listener: listener,
		served:   make(chan error, 1),
		http: &http.Server{
			Handler:           options.Faults.with(newHandler(options)),
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ConnState:         unused.track,
		},
	}
	s.http.RegisterOnShutdown(unused.close)
	s.close = sync.OnceValue(s.shutdown)
	go func() { s.served <- s.http.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = s.close() }) // Close gives the error
	return s, nil
}

// URL is the endpoint's base URL, as AWS_ENDPOINT_URL takes it.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close stops the server, after the requests that are being answered. It may
// be called more than once.
func (s *Server) Close() error { return s.close() }

func (s *Server) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("closing the sandbox's AWS endpoint: %w", err)
	}
	return nil
}
