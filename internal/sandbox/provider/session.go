package provider

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"google.golang.org/grpc/stats"
)

// session is what one engine configured. The engine dials once for each provider instance of a stack, so the
// connection tells stacks, and several aws providers within one stack, apart. An engine that dials again after half an
// hour of silence starts from the server's config, which differs in the region only.
type session struct {
	mu     sync.RWMutex
	config aws.Config
}

func (s *session) awsConfig() aws.Config {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.config.Copy()
}

func (s *session) configure(c aws.Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config = c
}

type sessionKey struct{}

// sessions gives each connection a session of its own, which starts with the server's config.
type sessions struct{ config aws.Config }

func (h sessions) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, sessionKey{}, &session{config: h.config.Copy()})
}

func (sessions) HandleConn(context.Context, stats.ConnStats) {}

func (sessions) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (sessions) HandleRPC(context.Context, stats.RPCStats) {}

// cloud is the account as one call sees it.
type cloud struct {
	region      string
	iam         *iam.Client
	sts         *sts.Client
	propagation time.Duration
}

func (p *provider) session(ctx context.Context) *session {
	if s, ok := ctx.Value(sessionKey{}).(*session); ok {
		return s
	}
	return &session{config: p.options.Config}
}

func (p *provider) cloud(ctx context.Context) cloud {
	return newCloud(p.session(ctx).awsConfig(), p.options.PropagationTimeout)
}

func newCloud(c aws.Config, propagation time.Duration) cloud {
	return cloud{
		region:      c.Region,
		iam:         iam.NewFromConfig(c),
		sts:         sts.NewFromConfig(c),
		propagation: propagation,
	}
}
