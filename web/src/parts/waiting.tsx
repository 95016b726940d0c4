export function Waiting({ label = 'Loading' }: { label?: string }) {
  return <div className="waiting" role="status"><span className="spinner" /><span className="unseen">{label}</span></div>;
}
