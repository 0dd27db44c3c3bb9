/** What a person just did, said once. Never for failures. */
export type Toast = { id: number; text: string; detail?: string; action?: { words: string; run: () => void } };

class Toasts {
  all = $state.raw<Toast[]>([]);
  private next = 1;
  say(text: string, extra: Omit<Toast, "id" | "text"> = {}): void {
    this.all = [...this.all.slice(-2), { id: this.next++, text, ...extra }];
  }
  close(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }
}
export const toasts = new Toasts();
