package provider

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/grpc/stats"
)

// session is what one engine configured. The engine dials once for each provider instance of a stack, so the
// connection tells stacks, and several aws providers within one stack, apart. An engine that dials again after half an
// hour of silence starts from the server's config, which differs in the region and the default
// tags only.
type session struct {
	mu       sync.RWMutex
	settings settings
}

// settings are what an engine configured, as far as it has an effect here.
type settings struct {
	config      aws.Config
	defaultTags resource.PropertyMap
}

func (s *session) current() settings {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return settings{s.settings.config.Copy(), s.settings.defaultTags}
}

func (s *session) configure(wanted settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = wanted
}

type sessionKey struct{}

// sessions gives each connection a session of its own, which starts with the server's config.
type sessions struct{ config aws.Config }

func (h sessions) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, sessionKey{}, &session{settings: settings{config: h.config.Copy()}})
}

func (sessions) HandleConn(context.Context, stats.ConnStats) {}

func (sessions) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (sessions) HandleRPC(context.Context, stats.RPCStats) {}

// cloud is the account as one call sees it.
type cloud struct {
	region      string
	iam         *iam.Client
	sts         *sts.Client
	defaultTags resource.PropertyMap
}

func (p *provider) session(ctx context.Context) *session {
	if s, ok := ctx.Value(sessionKey{}).(*session); ok {
		return s
	}
	return &session{settings: settings{config: p.config}}
}

func (p *provider) cloud(ctx context.Context) cloud {
	s := p.session(ctx).current()
	return cloud{
		region:      s.config.Region,
		iam:         iam.NewFromConfig(s.config),
		sts:         sts.NewFromConfig(s.config),
		defaultTags: s.defaultTags,
	}
}
