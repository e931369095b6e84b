"""Who shows what when: expressions, curves, timelines, and a driving video."""
