package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
)

// DefaultVersion is the version of pulumi-aws whose behaviour the provider has, and which it reports to the engine.
const DefaultVersion = "6.83.4"

// ErrNoEndpoint says that the AWS config names no endpoint, so that calls would go to a real account.
var ErrNoEndpoint = errors.New("the AWS config has no BaseEndpoint: the sandbox provider does not talk to real AWS")

// Options say what Serve serves.
type Options struct {
	// Config is the AWS config of every call: region, credentials, and the endpoint in BaseEndpoint.
	Config aws.Config
	// Propagation is for how long a call is repeated that fails because IAM does not
	// know yet what was made just before. The real provider waits two minutes.
	Propagation time.Duration
}

// Server is a provider that listens on the loopback interface. Any number of engines may be attached to it at once.
type Server struct {
	port  int
	close func() error
}

// Serve starts a provider on a free port of 127.0.0.1. It stops when ctx is done or Close is called. The error is
// ErrNoEndpoint, or says why the port could not be opened.
func Serve(ctx context.Context, o Options) (*Server, error) {
	if aws.ToString(o.Config.BaseEndpoint) == "" {
		return nil, ErrNoEndpoint
	}
	if o.Config.HTTPClient == nil { // one for all sessions, which else keep connections of their own
		o.Config.HTTPClient = awshttp.NewBuildableClient()
	}
	o.Config.APIOptions = append(slices.Clip(o.Config.APIOptions), sdkconfig.PlainBodies)
	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel:  cancel,
		Options: []grpc.ServerOption{grpc.StatsHandler(sessions{config: o.Config})},
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(s, &provider{config: o.Config, propagation: o.Propagation})
			return nil
		},
	})
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox provider: %w", err)
	}
	stop := sync.OnceValue(func() error {
		close(cancel)
		return <-handle.Done
	})
	unlink := context.AfterFunc(ctx, func() { _ = stop() })
	return &Server{port: handle.Port, close: func() error { unlink(); return stop() }}, nil
}

// Port is the TCP port on 127.0.0.1, for PULUMI_DEBUG_PROVIDERS=aws:PORT.
func (s *Server) Port() int { return s.port }

// Close lets the calls in progress finish and stops the provider. It may be called more than once.
func (s *Server) Close() error { return s.close() }

// provider holds nothing that changes: what one engine configures is in its session.
type provider struct {
	pulumirpc.UnimplementedResourceProviderServer

	config      aws.Config
	propagation time.Duration
}

// Attach is how an engine says that it was pointed at a running provider. The address it gives is for log messages
// to the user, of which this provider has none.
func (p *provider) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// GetPluginInfo tells the engine the provider's version.
func (p *provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: DefaultVersion}, nil
}

// Cancel is sent when the user interrupts the engine. Calls in progress are left to finish: each is a few HTTP
// requests, and one that is broken off may leave an object in the account that the state does not know.
func (p *provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}
