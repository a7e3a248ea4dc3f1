package discordtest

// InspectAnswers checks every answer of the server itself against the published description, where
// that was found. It must be called before the first request.
func InspectAnswers(s *Server, report func(format string, args ...any)) {
	if s.shapes == nil {
		return
	}
	s.inspect = func(c *call, a *answer) {
		if c.route == nil || a.status >= 300 || len(a.body) == 0 {
			return
		}
		below := "responses/" + itoa(a.status) + "/content/application~1json/schema"
		if problem := s.shapes.problem(c.route, below, a.body, func(v any) any { return v }); problem != nil {
			report("%s answered %d %s, which is not of the published shape: %v", c.route, a.status, a.body, problem)
		}
	}
}
